"""What blocks and what does not, over the shared samples."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alma_safe.policy import load_policy
from alma_safe.report import Finding, StageResult, Status
from alma_safe.verifier.types import rules

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "tests" / "assets"
TOLERATED = ASSETS / "loosely_typed"

type Check = Callable[[str], StageResult]


def blocking(result: StageResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.blocks]


def expectation(path: Path) -> dict[str, Any]:
    header = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        header.append(line.lstrip("#").strip())
    return tomllib.loads("\n".join(header))["expect"]


def named(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted(paths)]


HONEST = [*ASSETS.glob("honest/*.py"), *ROOT.glob("designs/*.py")]
BUGGY = {path: expectation(path) for path in sorted(ASSETS.glob("buggy/*.py"))}
SEEN_HERE = [path for path, expect in BUGGY.items() if expect["stage"] == "types"]
SEEN_LATER = [
    path for path, expect in BUGGY.items() if expect["stage"] in ("properties", "execution")
]
CODES = [rule.id for rule in rules.RULES]


@pytest.mark.parametrize("path", named(HONEST))
def test_honest_design_passes(path: Path, check: Check) -> None:
    result = check(path.read_text(encoding="utf-8"))
    assert blocking(result) == []
    assert result.status is Status.PASSED


@pytest.mark.parametrize("path", named(list(TOLERATED.glob("*.py"))))
def test_loose_typing_passes(path: Path, check: Check) -> None:
    assert blocking(check(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", named(SEEN_HERE))
def test_typing_bug_is_refused_by_name(path: Path, check: Check) -> None:
    found = blocking(check(path.read_text(encoding="utf-8")))
    assert found
    words = " ".join(f"{finding.message} {finding.hint}" for finding in found)
    assert any(name in words for name in BUGGY[path]["names"])
    assert all(finding.line > 0 for finding in found)


@pytest.mark.parametrize("path", named(SEEN_LATER))
def test_bug_of_a_later_stage_is_left_to_it(path: Path, check: Check) -> None:
    assert blocking(check(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("rule", CODES)
def test_accepted_sample_of_a_rule_passes(rule: str, check: Check) -> None:
    sample = ASSETS / "rules" / rule / "accepted.py"
    assert blocking(check(sample.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("rule", [r for r in CODES if r not in ("mypy.timeout", "mypy.other")])
def test_refused_sample_of_a_rule_is_refused_by_it(rule: str, check: Check) -> None:
    sample = ASSETS / "rules" / rule / "refused.py"
    assert [finding.rule for finding in blocking(check(sample.read_text(encoding="utf-8")))] == [
        rule
    ]


def test_other_findings_inform(check: Check) -> None:
    sample = ASSETS / "rules" / "mypy.other" / "warned.py"
    result = check(sample.read_text(encoding="utf-8"))
    assert result.status is Status.PASSED
    assert [finding.rule for finding in result.findings] == ["mypy.other"]


def test_policy_names_exactly_the_codes_that_have_a_rule() -> None:
    beyond = {"mypy.crash", "mypy.timeout", "mypy.other"}
    assert {f"mypy.{code}" for code in load_policy().types.block} == set(CODES) - beyond
