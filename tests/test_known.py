from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from alma_safe.errors import UsageError
from alma_safe.known import Known, forgiven, idle, read_known
from alma_safe.report import DesignReport, Finding, PolicyRef, StageResult, Status, Verdict

TODAY = datetime.date(2026, 11, 28)
DIGEST = "sha256:" + "ab" * 32
ENTRY = f"""
schema = "alma-safe/known/v1"

[[known]]
design = "{DIGEST}"
rule = "P103"
reason = "rewritten in March"
expires = 2027-03-31
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "known.toml"
    path.write_text(text)
    return path


def known(**values: object) -> Known:
    found = {"digest": DIGEST, "rule": "P103", "reason": "later", "expires": TODAY, **values}
    return Known(**found)  # type: ignore[arg-type]


def report(*findings: Finding, stage: str = "properties") -> DesignReport:
    before = StageResult(name="static", status=Status.PASSED, checks=1)
    judged = StageResult.judged(stage, findings, checks=3, duration_s=0.1)
    after = StageResult(name="execution", status=Status.SKIPPED)
    stages = (judged, after) if stage == "static" else (before, judged, after)
    return DesignReport(
        path="a.py", digest=DIGEST, policy=PolicyRef(name="p", digest="d"), stages=stages
    )


P103 = Finding(rule="P103", message="it raises", line=7)


def test_an_entry_is_read(tmp_path: Path) -> None:
    [entry] = read_known(written(tmp_path, ENTRY), today=TODAY)
    assert entry == known(reason="rewritten in March", expires=datetime.date(2027, 3, 31))


def test_a_known_finding_informs_and_does_not_refuse() -> None:
    found = forgiven(report(P103), [known()])
    assert found.verdict is Verdict.PARTIAL
    [finding] = found.findings
    assert not finding.blocks
    assert "known until 2026-11-28: later. it raises" in finding.message


@pytest.mark.parametrize(
    "entry", [known(rule="P104"), known(line=8), known(digest="sha256:" + "cd" * 32)]
)
def test_another_rule_line_or_design_is_not_known(entry: Known) -> None:
    assert forgiven(report(P103), [entry]) == report(P103)


def test_what_is_not_known_refuses_still() -> None:
    other = Finding(rule="P104", message="worse")
    assert forgiven(report(P103, other), [known()]).verdict is Verdict.REJECTED


def test_the_static_stage_is_never_forgiven() -> None:
    finding = Finding(rule="S101", message="import of os")
    found = forgiven(report(finding, stage="static"), [known(rule="S101")])
    assert found.verdict is Verdict.REJECTED


def test_entries_that_forgive_nothing_are_told() -> None:
    refused = report(P103)
    used, wrong, other = known(), known(rule="P104"), known(digest="sha256:" + "cd" * 32)
    assert list(idle([refused], [used], every=True)) == []
    assert list(idle([refused], [used, wrong], every=True)) == [
        "P104 of sha256:abababababab... matches nothing: no such finding refuses it"
    ]
    assert list(idle([refused], [other], every=True)) == [
        "P103 of sha256:cdcdcdcdcdcd... matches nothing: no such design was judged"
    ]
    assert list(idle([refused], [other], every=False)) == []
    static = report(Finding(rule="S101", message="import of os"), stage="static")
    [line] = idle([static], [known(rule="S101")], every=True)
    assert "refusals of the stage static stay refusals" in line


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("2027-03-31", "2026-11-27"), "expired on 2026-11-27"),
        (('rule = "P103"\n', ""), "rule is missing"),
        (('reason = "rewritten in March"', 'reason = " "'), "reason is missing"),
        (("2027-03-31", '"soon"'), "expires is a date"),
        ((DIGEST, "a.py"), "design is a digest"),
        (("expires =", "until ="), "keys are"),
        (("alma-safe/known/v1", "v0"), "schema"),
        (("[[known]]", "[other]"), "and nothing else"),
        (("[[known]]", "[[known"), "not a TOML file"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        read_known(written(tmp_path, ENTRY.replace(*change)), today=TODAY)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_known(tmp_path / "nowhere")
