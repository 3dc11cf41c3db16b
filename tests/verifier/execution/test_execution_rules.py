"""Every rule of the stage, shown by the pair of samples that `alma-safe explain` prints."""

from __future__ import annotations

import pytest

from alma_safe.report import Status
from alma_safe.verifier.execution.rules import CPU, ENDED, RULES, WALL
from tests.verifier.guests import RULES as SAMPLES
from tests.verifier.guests import blocking, changed, execution, found, sample

IDS = [rule.id for rule in RULES]
# What takes long to run into shows the rule as well under a tighter budget.
POLICIES = {
    CPU.id: changed("execution", max_cpu_s=0.5, collection_episodes=4, deployment_episodes=2),
    WALL.id: changed("execution", max_wall_s=2.0),
}


def test_every_rule_has_its_samples() -> None:
    assert sorted(path.name for path in SAMPLES.glob("E*")) == sorted(IDS)


@pytest.mark.parametrize("rule", IDS)
def test_accepted_sample_passes_the_stage(rule: str) -> None:
    result = execution(sample(rule, "accepted"))
    assert result.findings == ()
    assert result.status is Status.PASSED


@pytest.mark.parametrize("rule", IDS)
def test_refused_sample_is_refused_by_its_rule(rule: str) -> None:
    result = execution(sample(rule, "refused"), POLICIES.get(rule))
    finding = found(result, rule)
    assert finding.blocks
    assert finding.hint
    assert result.status is Status.FAILED
    if rule != ENDED.id:
        assert blocking(result) == [rule]
