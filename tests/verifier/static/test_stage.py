"""The stage as a whole: statuses, policy switches, and tools that fail."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from alma_safe.design import Design
from alma_safe.errors import ToolFailure
from alma_safe.policy import Policy, load_policy
from alma_safe.report import Severity, StageResult, Status
from alma_safe.verifier.bounded import process
from alma_safe.verifier.static import ruff
from alma_safe.verifier.static.stage import StaticStage
from tests.verifier.static.conftest import DESIGN, judge_all

EVAL = DESIGN + "\n\nVALUE = eval('1')\n"


def changed(**static: object) -> Policy:
    policy = load_policy("strict")
    return dataclasses.replace(policy, static=dataclasses.replace(policy.static, **static))  # type: ignore[arg-type]


def judge(source: str, policy: Policy | None = None) -> StageResult:
    (result,) = judge_all([source.encode("utf-8")], policy)
    return result


def test_a_sound_design_passes_and_every_rule_was_run(design: str) -> None:
    result = judge(design)
    assert result.status is Status.PASSED
    assert result.name == "static"
    assert result.checks > 50
    assert result.findings == ()


def test_a_refused_design_names_rule_line_and_remedy() -> None:
    result = judge(EVAL)
    assert result.status is Status.FAILED
    finding = next(f for f in result.findings if f.rule == "S201")
    assert (finding.line, finding.column) == (12, 9)
    assert "eval" in finding.message
    assert finding.hint


def test_columns_count_characters_not_bytes(design: str) -> None:
    result = judge(design + "\n\nVALUE = 'äöü', eval('1')\n")
    finding = next(f for f in result.findings if f.rule == "S201")
    assert finding.column == 16


def test_warn_demotes_and_off_switches_off() -> None:
    rules = ("S201", "S502")
    demoted = judge(EVAL, changed(warn=rules))
    assert demoted.status is Status.PASSED
    assert {f.rule: f.severity for f in demoted.findings}["S201"] is Severity.WARNING
    assert "S201" not in {f.rule for f in judge(EVAL, changed(off=rules)).findings}


def test_standard_only_informs_about_style(design: str) -> None:
    source = design + "\n\nprint('loaded')\n"
    assert judge(source).status is Status.FAILED
    assert judge(source, load_policy("standard")).status is Status.PASSED


def test_names_of_the_policy_decide(design: str) -> None:
    source = "import antigravity\n" + design
    policy = load_policy("strict")
    table = {**policy.import_table, "antigravity": ()}
    assert judge(source).status is Status.FAILED
    assert judge(source, dataclasses.replace(policy, import_table=table)).status is Status.PASSED


def test_intake_checks_bytes_and_caps_only() -> None:
    async def run() -> list[list[str]]:
        stage = StaticStage(load_policy("strict"))
        try:
            sources = [EVAL.encode(), b"x = 1\0", b"x = " + b"[" * 150 + b"]" * 150, b"def (:"]
            return [
                [finding.rule for finding in await stage.intake(Design.from_bytes(source))]
                for source in sources
            ]
        finally:
            await stage.aclose()

    assert asyncio.run(run()) == [[], ["S005"], ["S010"], ["S009"]]


def test_intake_then_run_gives_what_run_gives(design: str) -> None:
    async def run() -> tuple[StageResult, StageResult]:
        stage = StaticStage(load_policy("strict"))
        judged = Design.from_bytes(EVAL.encode())
        try:
            first = await stage.run(judged)
            await stage.intake(judged)
            return first, await stage.run(judged)
        finally:
            await stage.aclose()

    first, second = asyncio.run(run())
    assert first.findings == second.findings


def test_many_designs_at_once_are_not_mixed_up(design: str) -> None:
    async def run() -> list[StageResult]:
        stage = StaticStage(load_policy("strict"))
        sources = [EVAL if number % 3 == 0 else design for number in range(12)]
        try:
            return await asyncio.gather(
                *(stage.run(Design.from_bytes(s.encode())) for s in sources)
            )
        finally:
            await stage.aclose()

    statuses = [result.status for result in asyncio.run(run())]
    assert statuses == [Status.FAILED, Status.PASSED, Status.PASSED] * 4


def test_a_source_that_kills_the_worker_is_refused_and_the_next_one_is_judged(
    design: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patched = process._BOOTSTRAP.replace(
        "worker.main()",
        "import os, alma_safe.verifier.static.check as check; "
        "old = check.Checker.check; "
        "check.Checker.check = lambda self, s: os.abort() if 'ABORT' in s else old(self, s); "
        "worker.main()",
    )
    monkeypatch.setattr(process, "_BOOTSTRAP", patched)
    first, second = judge_all([(design + "# ABORT\n").encode(), design.encode()])
    assert first.status is Status.FAILED
    assert [finding.rule for finding in first.findings] == ["S012"]
    assert second.status is Status.PASSED


def test_a_rule_that_breaks_is_a_refusal(design: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patched = process._BOOTSTRAP.replace(
        "worker.main()",
        "import alma_safe.verifier.static.check as check; "
        "check.Checker.check = lambda self, s: 1 / 0; worker.main()",
    )
    monkeypatch.setattr(process, "_BOOTSTRAP", patched)
    result = judge(design)
    assert result.status is Status.FAILED
    assert "ZeroDivisionError" in result.findings[0].message


def test_a_source_that_takes_too_long_is_refused(
    design: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patched = process._BOOTSTRAP.replace(
        "worker.main()",
        "import time, alma_safe.verifier.static.check as check; "
        "check.Checker.check = lambda self, s: time.sleep(60); worker.main()",
    )
    monkeypatch.setattr(process, "_BOOTSTRAP", patched)
    policy = load_policy("strict")
    policy = dataclasses.replace(policy, source=dataclasses.replace(policy.source, timeout_s=0.5))
    result = judge(design, policy)
    assert result.status is Status.FAILED
    assert "S012" in {finding.rule for finding in result.findings}
    assert "0.5 s" in result.findings[0].message


def test_a_worker_that_does_not_start_is_a_failure_of_ours(
    design: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_BOOTSTRAP", "import sys; sys.exit(3)")
    with pytest.raises(ToolFailure, match="did not start"):
        judge(design)


def test_a_missing_linter_is_a_failure_of_ours(
    design: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing() -> str:
        raise ToolFailure("ruff is not installed")

    monkeypatch.setattr(ruff, "find_binary", missing)
    with pytest.raises(ToolFailure, match="not installed"):
        judge(design)


def test_a_linter_that_checks_nothing_is_a_failure_of_ours(design: str) -> None:
    with pytest.raises(ToolFailure, match="does not check"):
        judge(design, changed(ruff_ignore=("F821",)))


def test_a_linter_that_dies_is_a_refusal(design: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = ruff.Ruff._diagnose

    async def dies(self: ruff.Ruff, text: str) -> list[dict[str, object]]:
        if "Notes" in text and self._process is not None:
            self._process.kill()
        return await original(self, text)

    monkeypatch.setattr(ruff.Ruff, "_diagnose", dies)
    result = judge(design)
    assert "S013" in {finding.rule for finding in result.findings if finding.blocks}


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# noqa: F821", "# NOQA", "# ruff: noqa", "# flake8: noqa", "# ruff: disable[F821]"],
)
def test_suppressions_do_not_hide_an_undefined_name(design: str, comment: str) -> None:
    source = f"{comment}\n{design}\n\nVALUE = undefined_name  {comment}\n"
    assert "ruff.F821" in {f.rule for f in judge(source).findings if f.blocks}


def test_undefined_names_in_annotations_that_nothing_evaluates_only_inform(design: str) -> None:
    quoted = design + "\n\ndef use(value: 'Missing') -> None:\n    rows: Missing = value\n"
    assert judge(quoted).status is Status.PASSED
    evaluated = design + "\n\ndef use(value: Missing) -> None:\n    return value\n"
    assert judge(evaluated).status is Status.FAILED


@pytest.mark.parametrize(
    "code",
    [
        "return 3",
        "break",
        "nonlocal value",
        "def use(a, a):\n    pass",
        "def use():\n    await other()",
        "def use():\n    value = 1\n    global value",
        "class A:\n    yield 1",
        "def use():\n    [await x async for x in y]",
    ],
)
def test_what_only_the_compiler_would_refuse_is_refused(design: str, code: str) -> None:
    assert judge(f"{design}\n\n{code}\n").status is Status.FAILED


def test_long_flat_chains_are_not_nesting(design: str) -> None:
    text = "TEXT = " + " + ".join(["'line\\n'"] * 190)
    branches = "".join(f"    elif x == {i}:\n        return {i}\n" for i in range(180))
    chain = f"def pick(x):\n    if x is None:\n        return 0\n{branches}    return x"
    result = judge(f"{design}\n\n{text}\n\n\n{chain}\n")
    assert result.status is Status.PASSED, result.findings
