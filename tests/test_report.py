"""Verdicts follow from what happened, and the JSON form keeps to its schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alma_safe
from alma_safe.report import (
    STAGES,
    DesignReport,
    Finding,
    PolicyRef,
    Report,
    Severity,
    StageResult,
    Status,
    Verdict,
)

SCHEMA = json.loads(
    (Path(alma_safe.__file__).parent / "formats" / "report.schema.json").read_text("utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
POLICY = PolicyRef(name="strict", digest="sha256:" + "0" * 64)

TEXTS = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["S101", "ruff.F821", "mypy.override", "P102", "infrastructure"]),
    message=TEXTS,
    severity=st.sampled_from(Severity),
    line=st.integers(0, 10_000),
    column=st.integers(0, 10_000),
    hint=TEXTS,
    evidence=st.dictionaries(TEXTS, JSON, max_size=3),
)
TABLES = st.dictionaries(st.sampled_from(STAGES), st.sampled_from(Status))
REPORTS = st.builds(
    DesignReport,
    path=TEXTS,
    digest=st.none() | st.just("sha256:" + "a" * 64),
    policy=st.just(POLICY),
    stages=st.lists(
        st.builds(
            StageResult,
            name=st.sampled_from(STAGES),
            status=st.sampled_from(Status),
            duration_s=st.floats(0, 1000),
            checks=st.integers(0, 1000),
            findings=st.lists(FINDINGS, max_size=3).map(tuple),
            usage=st.dictionaries(TEXTS, JSON, max_size=3),
        ),
        max_size=4,
        unique_by=lambda stage: stage.name,
    ).map(tuple),
    source=TEXTS,
)


def report_of(table: dict[str, Status]) -> DesignReport:
    stages = tuple(
        StageResult(name=name, status=table[name], checks=1) for name in STAGES if name in table
    )
    return DesignReport(path="x.py", digest=None, policy=POLICY, stages=stages)


def run_of(*verdicts: Verdict) -> Report:
    tables = {
        Verdict.ACCEPTED: dict.fromkeys(STAGES, Status.PASSED),
        Verdict.PARTIAL: {"static": Status.PASSED},
        Verdict.REJECTED: {"static": Status.FAILED},
        Verdict.ERROR: {"static": Status.ERROR},
    }
    return Report(
        designs=tuple(report_of(tables[verdict]) for verdict in verdicts), tool_version="1"
    )


# -- one design ------------------------------------------------------------------


@given(table=TABLES)
def test_accepted_means_that_all_four_stages_passed(table: dict[str, Status]) -> None:
    accepted = report_of(table).verdict is Verdict.ACCEPTED
    assert accepted == (table == dict.fromkeys(STAGES, Status.PASSED))


@given(table=TABLES)
def test_rejected_means_that_a_stage_failed(table: dict[str, Status]) -> None:
    assert (report_of(table).verdict is Verdict.REJECTED) == (Status.FAILED in table.values())


@given(table=TABLES)
def test_partial_means_that_some_passed_and_none_did_worse(table: dict[str, Status]) -> None:
    statuses = set(table.values())
    expected = (
        Status.PASSED in statuses
        and not statuses & {Status.FAILED, Status.ERROR}
        and table != dict.fromkeys(STAGES, Status.PASSED)
    )
    assert (report_of(table).verdict is Verdict.PARTIAL) == expected


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ("", Verdict.ERROR),
        ("passed passed passed passed", Verdict.ACCEPTED),
        ("passed passed passed skipped", Verdict.PARTIAL),
        ("passed passed", Verdict.PARTIAL),
        ("failed skipped skipped skipped", Verdict.REJECTED),
        ("failed error", Verdict.REJECTED),
        ("passed error skipped skipped", Verdict.ERROR),
        ("passed passed passed error", Verdict.ERROR),
        ("skipped skipped skipped skipped", Verdict.ERROR),
    ],
)
def test_verdict_of_a_design(statuses: str, verdict: Verdict) -> None:
    table = dict(zip(STAGES, map(Status, statuses.split()), strict=False))
    assert report_of(table).verdict is verdict


# -- one stage -------------------------------------------------------------------


@given(findings=st.lists(FINDINGS, max_size=4).map(tuple), checks=st.integers(-1, 5))
def test_stage_passes_only_with_checks_and_without_blocking_findings(
    findings: tuple[Finding, ...], checks: int
) -> None:
    status = StageResult.judged("static", findings, checks=checks, duration_s=0.1).status
    blocked = any(finding.severity is Severity.ERROR for finding in findings)
    assert (status is Status.FAILED) == blocked
    assert (status is Status.PASSED) == (not blocked and checks > 0)
    assert (status is Status.ERROR) == (not blocked and checks <= 0)


def test_warning_does_not_block() -> None:
    assert Finding(rule="S1", message="").blocks
    assert not Finding(rule="S1", message="", severity=Severity.WARNING).blocks


def test_findings_of_a_design_come_in_stage_order() -> None:
    stages = tuple(
        StageResult(name=name, status=Status.FAILED, findings=(Finding(rule=name, message=""),))
        for name in STAGES
    )
    report = DesignReport(path="x", digest=None, policy=POLICY, stages=stages)
    assert tuple(finding.rule for finding in report.findings) == STAGES


# -- the run ---------------------------------------------------------------------


@given(verdicts=st.lists(st.sampled_from(Verdict), min_size=1, max_size=5))
def test_run_has_the_worst_verdict_of_its_designs(verdicts: list[Verdict]) -> None:
    order = [Verdict.ACCEPTED, Verdict.PARTIAL, Verdict.REJECTED, Verdict.ERROR]
    assert run_of(*verdicts).verdict is max(verdicts, key=order.index)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.ACCEPTED, 0),
        (Verdict.PARTIAL, 0),
        (Verdict.REJECTED, 1),
        (Verdict.ERROR, 3),
    ],
)
def test_exit_code_follows_the_verdict(verdict: Verdict, code: int) -> None:
    assert run_of(verdict).exit_code == code
    assert run_of(Verdict.ACCEPTED, verdict).exit_code == code


def test_run_over_nothing_is_an_error() -> None:
    empty = Report(designs=(), tool_version="1")
    assert empty.verdict is Verdict.ERROR
    assert empty.exit_code == 3


def test_run_over_nothing_is_none_where_nothing_was_due() -> None:
    empty = Report(designs=(), tool_version="1", nothing_due="no design was changed")
    assert (empty.verdict, empty.exit_code) == (Verdict.PARTIAL, 0)
    VALIDATOR.validate(empty.to_json())
    judged = Report(
        designs=run_of(Verdict.REJECTED).designs, tool_version="1", nothing_due="of no account"
    )
    assert judged.exit_code == 1


# -- JSON ------------------------------------------------------------------------


@given(designs=st.lists(REPORTS, max_size=3).map(tuple))
def test_json_keeps_to_the_shipped_schema(designs: tuple[DesignReport, ...]) -> None:
    report = Report(designs=designs, tool_version="0.1.0")
    value = json.loads(json.dumps(report.to_json(), allow_nan=False))
    VALIDATOR.validate(value)
    assert value["verdict"] == report.verdict.value
    assert [design["verdict"] for design in value["designs"]] == [
        design.verdict.value for design in designs
    ]


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_source_is_not_part_of_the_json() -> None:
    report = DesignReport(
        path="x", digest=None, policy=POLICY, stages=(), source="KEY = 'not to be copied'"
    )
    assert "not to be copied" not in json.dumps(report.to_json())
    assert "not to be copied" not in repr(report)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda value: value.pop("verdict"),
        lambda value: value.update(schema="alma-safe/report/v2"),
        lambda value: value["designs"][0].update(verdict="fine"),
        lambda value: value["designs"][0].update(extra=1),
        lambda value: value["designs"][0]["stages"][0].update(status="ok"),
        lambda value: value["designs"][0]["stages"][0].update(name="lint"),
    ],
)
def test_schema_refuses_what_is_no_report(break_it) -> None:
    value = run_of(Verdict.ACCEPTED).to_json()
    VALIDATOR.validate(value)
    break_it(value)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(value)
