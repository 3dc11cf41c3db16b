"""All rules of all stages, by id."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

from alma_safe.verifier.rule import Rule


@functools.lru_cache(maxsize=1)
def rules() -> Mapping[str, Rule]:
    """Return every rule that a finding can carry, in stage order."""
    from alma_safe.verifier.execution.rules import RULES as EXECUTION
    from alma_safe.verifier.properties.rules import RULES as PROPERTIES
    from alma_safe.verifier.static.catalogue import RULES as STATIC
    from alma_safe.verifier.types.rules import RULES as TYPES

    table: dict[str, Rule] = {}
    for rule in (*STATIC, *TYPES, *PROPERTIES, *EXECUTION):
        if rule.id in table:
            raise ValueError(f"two rules have the id {rule.id}")
        table[rule.id] = rule
    return MappingProxyType(table)
