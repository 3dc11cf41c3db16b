"""The rules of all stages together."""

from __future__ import annotations

import re

import pytest

from alma_safe.report import STAGES, Severity
from alma_safe.resources import resource_dir
from alma_safe.verifier.catalogue import rules
from alma_safe.verifier.rule import Rule

RULES = list(rules().values())
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
SAMPLED = [rule for rule in RULES if re.fullmatch(r"[SPE]\d{3}", rule.id)]


def test_rules_come_in_stage_order() -> None:
    order = [STAGES.index(rule.stage) for rule in RULES]
    assert order == sorted(order)
    assert {rule.stage for rule in RULES} == set(STAGES)


def test_catalogue_is_the_same_object_each_time() -> None:
    assert rules() is rules()
    assert all(rules()[rule.id] is rule for rule in RULES)


def test_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        rules()["S999"] = RULES[0]  # type: ignore[index]


@each_rule
def test_id_fits_its_stage(rule: Rule) -> None:
    pattern = {
        "static": r"S\d{3}|ruff\.[A-Z]+\d*(-\w+)?",
        "types": r"mypy\.[a-z-]+|T\d{3}",
        "properties": r"P1\d\d",
        "execution": r"E2\d\d",
    }[rule.stage]
    assert re.fullmatch(pattern, rule.id)


@each_rule
def test_rule_says_what_why_and_what_instead(rule: Rule) -> None:
    assert rule.title
    assert rule.title == rule.title.strip()
    assert len(rule.title) < 90
    assert rule.reason.endswith(".")
    assert len(rule.remedy) > 10
    for text in (rule.title, rule.reason, rule.remedy):
        assert text.isprintable()


@each_rule
def test_finding_carries_the_rule(rule: Rule) -> None:
    finding = rule.finding("a \x1b message", line=3)
    assert finding.rule == rule.id
    assert finding.message == "a \\x1b message"
    assert finding.hint == rule.remedy
    assert finding.severity is (Severity.WARNING if rule.warns else Severity.ERROR)
    assert rule.finding("x", hint="better").hint == "better"
    assert rule.finding("x", severity=Severity.WARNING).severity is Severity.WARNING


@pytest.mark.parametrize("rule", SAMPLED, ids=lambda rule: rule.id)
@pytest.mark.parametrize("kind", ["accepted", "refused"])
def test_samples_of_a_rule_are_there_and_small(rule: Rule, kind: str) -> None:
    path = resource_dir("rules") / rule.id / f"{kind}.py"
    if not path.is_file():
        # Files that are no text, or that would be large, are made by the tests of the rule.
        assert rule.id.startswith("S0")
        return
    assert len(path.read_bytes()) < 64 * 1024


def test_no_samples_without_a_rule() -> None:
    folders = {path.name for path in resource_dir("rules").iterdir() if path.is_dir()}
    assert folders <= set(rules())
