"""Every static rule has a sample that it refuses and one beside it that it lets through."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.report import StageResult
from alma_safe.verifier.static import catalogue
from alma_safe.verifier.static.stage import StaticStage

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "rules"
# Too large to keep as files, or a fault of the tools: their own tests make these.
GENERATED = {"S001", "S008", "S012", "S013"}
RULES = {rule.id: rule for rule in catalogue.RULES}
IDS = sorted(RULES)


@pytest.fixture(scope="module")
def results() -> dict[Path, StageResult]:
    """All samples judged by one stage."""

    async def judge() -> dict[Path, StageResult]:
        stage = StaticStage(load_policy("strict"))
        try:
            paths = sorted(ASSETS.glob("S*/*.py"))
            return {path: await stage.run(Design.from_file(path)) for path in paths}
        finally:
            await stage.aclose()

    return asyncio.run(judge())


@pytest.mark.parametrize("rule_id", [name for name in IDS if name not in GENERATED])
def test_rule_refuses_its_sample(rule_id: str, results: dict[Path, StageResult]) -> None:
    result = results[ASSETS / rule_id / "refused.py"]
    found = [finding for finding in result.findings if finding.rule == rule_id]
    assert found, [finding.to_json() for finding in result.findings]
    assert found[0].blocks is not RULES[rule_id].warns
    assert found[0].hint


@pytest.mark.parametrize("rule_id", [name for name in IDS if name not in GENERATED])
def test_rule_accepts_its_counterpart(rule_id: str, results: dict[Path, StageResult]) -> None:
    result = results[ASSETS / rule_id / "accepted.py"]
    assert not [finding.to_json() for finding in result.findings if finding.blocks]
    assert rule_id not in {finding.rule for finding in result.findings}


def test_rule_ids_are_unique_and_complete() -> None:
    assert len(RULES) == len(catalogue.RULES)
    for rule in catalogue.RULES:
        assert rule.stage == "static"
        assert rule.title
        assert rule.reason.endswith(".")
        assert rule.remedy.endswith(".")


def test_no_sample_without_a_rule() -> None:
    assert {path.parent.name for path in ASSETS.glob("S*/*.py")} <= set(RULES)
