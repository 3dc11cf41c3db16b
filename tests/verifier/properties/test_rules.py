"""Every rule of the stage, shown by the pair of samples that `alma-safe explain` prints."""

from __future__ import annotations

import pytest

from alma_safe.report import Status
from alma_safe.verifier.properties.rules import RULES, SLOW
from tests.verifier.guests import RULES as SAMPLES
from tests.verifier.guests import blocking, changed, found, properties, sample

IDS = [rule.id for rule in RULES]
WARNING = {rule.id for rule in RULES if rule.warns}
# A sample that hangs shows the rule as well in less time.
POLICIES = {SLOW.id: changed("properties", call_deadline_s=2.0)}
BLOCKING_BY_DEGREE = {"P125"}
"""Warns by itself, and blocks where nothing of what was stored comes back."""


def test_every_rule_has_its_samples() -> None:
    assert sorted(path.name for path in SAMPLES.glob("P*")) == sorted(IDS)


@pytest.mark.parametrize("rule", IDS)
def test_accepted_sample_passes_the_whole_stage(rule: str) -> None:
    result = properties(sample(rule, "accepted"))
    assert result.findings == ()
    assert result.status is Status.PASSED


@pytest.mark.parametrize("rule", IDS)
def test_refused_sample_is_refused_by_its_rule(rule: str) -> None:
    result = properties(sample(rule, "refused"), POLICIES.get(rule))
    finding = found(result, rule)
    assert finding.hint
    if rule in WARNING - BLOCKING_BY_DEGREE:
        assert not finding.blocks
        assert result.status is Status.PASSED
    else:
        assert blocking(result) == [rule]
        assert result.status is Status.FAILED
