from __future__ import annotations

import re

import pytest

from alma_safe.linter import linter_rules
from alma_safe.policy import load_policy
from alma_safe.report import STAGES
from alma_safe.resources import resource_dir
from alma_safe.verifier.catalogue import rules


def test_every_rule_is_explained_with_reason_and_remedy(run):
    for rule_id, rule in rules().items():
        code, out, _ = run("explain", rule_id)
        assert code == 0
        assert out.startswith(f"{rule_id}: {rule.title}\n")
        assert "why:\n" in out
        assert "instead:\n" in out


def test_samples_are_shown(run):
    folder = min(path for path in resource_dir("rules").iterdir() if path.is_dir())
    _, out, _ = run("explain", folder.name)
    for kind in ("accepted", "refused"):
        first = (folder / f"{kind}.py").read_text().strip("\n").split("\n")[0]
        assert f"{kind}:\n  {first}"[:60] in out


def test_list_names_every_rule(run):
    code, out, _ = run("explain", "--list")
    assert code == 0
    listed = {line.split()[0] for line in out.splitlines() if line.startswith("  ")}
    assert listed == set(rules())


def test_list_says_what_each_stage_is(run):
    _, out, _ = run("explain", "--list")
    for stage in STAGES:
        assert re.search(rf"^{stage}: \w", out, re.MULTILINE)


@pytest.mark.parametrize("given", ["ruff.F821", "RUFF.f821"])
def test_rule_of_ruff_is_explained_in_its_own_words(run, given):
    code, out, _ = run("explain", given)
    assert code == 0
    assert out.startswith("ruff.F821: undefined-name\nstage static")
    assert "Why is this bad?\n  An undefined name is likely to raise" in out
    assert "instead:\n  Repair what it names" in out
    assert "https://docs.astral.sh/ruff/rules/undefined-name/" in out


def test_every_code_of_ruff_that_the_policy_names_is_explained(run):
    static = load_policy().static
    codes = {
        next(code for code in linter_rules() if code.startswith(each))
        for each in (*static.ruff_block, *static.ruff_warn, *static.ruff_ignore)
    }
    for code in (*codes, "syntax"):
        assert run("explain", f"ruff.{code}")[0] == 0


def test_unknown_rule_of_ruff_exits_2_and_suggests(run):
    code, _, err = run("explain", "ruff.F8211")
    assert code == 2
    assert "ruff.F821" in err
    assert run("explain", "ruff.")[0] == 2


def test_case_of_an_id_does_not_matter(run):
    rule_id = next(iter(rules()))
    assert run("explain", rule_id.lower())[0] == 0


def test_unknown_rule_exits_2_and_suggests(run):
    rule_id = next(iter(rules()))
    code, _, err = run("explain", rule_id + "x")
    assert code == 2
    assert f"did you mean {rule_id}" in err


@pytest.mark.parametrize("arguments", [[], ["S101", "--list"]])
def test_one_rule_or_the_list(run, arguments):
    code, _, err = run("explain", *arguments)
    assert code == 2
    assert "--list" in err
