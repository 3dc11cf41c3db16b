"""Filling the caches of the stages, so that the first design does not pay for them."""

from __future__ import annotations

from collections.abc import Callable

from alma_safe.policy import Policy
from alma_safe.recorders import DOMAINS, recorder_schema


def warm(policy: Policy, say: Callable[[str], None]) -> None:
    """Type-check once, and let Hypothesis draw the banks of the default seed."""
    from alma_safe.verifier.properties.bank import load_bank
    from alma_safe.verifier.types.stage import warm as warm_types

    warm_types(policy)
    say("mypy: cache filled")
    for domain in (None, *DOMAINS):
        load_bank(recorder_schema(domain), policy.properties, seed=0)
    say("property tests: call sequences of seed 0 drawn")
