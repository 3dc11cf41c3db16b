"""A verdict is reused for the same of all that it follows from, and for nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

import alma_safe.reuse
import alma_safe.tools
from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.report import STAGES, DesignReport, Finding, StageResult, Status
from alma_safe.reuse import Reports
from tests.formats.builders import REPORTS

SAME = {"stages": STAGES, "all_stages": False, "domain": None, "seed": 0}
SAME |= {"sandbox": {"backend": "docker", "runtime": "runc"}}
DESIGN = Design.from_bytes(b"class Memory: ...\n", path="one.py")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "reports"


def reports(policy="strict", **changed):
    return Reports(load_policy(policy), **{**SAME, **changed})


def judged(status=Status.PASSED, design=DESIGN, usage=None, findings=()):
    stages = tuple(
        StageResult(name=name, status=status, checks=3, findings=findings, usage=usage or {})
        for name in STAGES
    )
    policy = load_policy("strict").ref
    return DesignReport(path=design.path, digest=design.digest, policy=policy, stages=stages)


def test_a_verdict_is_found_again_for_the_same_bytes_wherever_they_lie():
    finding = Finding(rule="S904", message="wide", line=3, column=1, evidence={"n": [1, "x"]})
    reports().keep(judged(Status.FAILED, findings=(finding,)))
    found = reports().find(Design.from_bytes(DESIGN.data, path="elsewhere/two.py"))
    assert found is not None
    assert found.reused
    assert found.path == "elsewhere/two.py"
    assert found.verdict.value == "rejected"
    assert found.findings[0] == finding
    assert (
        found.to_json()["stages"] == judged(Status.FAILED, findings=(finding,)).to_json()["stages"]
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"policy": "standard"},
        {"stages": ("static", "types")},
        {"all_stages": True},
        {"domain": "textworld"},
        {"seed": 1},
        {"sandbox": {"backend": "nsjail"}},
        {"sandbox": {"backend": "docker", "runtime": "runsc"}},
        {"sandbox": None},
    ],
    ids=str,
)
def test_other_conditions_are_judged(changed):
    reports().keep(judged())
    assert reports(**changed).find(DESIGN) is None
    assert reports().find(DESIGN) is not None


def test_one_other_byte_is_judged():
    reports().keep(judged())
    assert reports().find(Design.from_bytes(DESIGN.data + b"\n", path="one.py")) is None


def test_another_version_of_a_judge_judges(monkeypatch):
    reports().keep(judged())
    monkeypatch.setattr(alma_safe.reuse, "versions", lambda: {"mypy": "99"})
    assert reports().find(DESIGN) is None


def test_our_own_code_counts(monkeypatch):
    reports().keep(judged())
    monkeypatch.setattr(alma_safe.reuse, "code_digest", lambda: "sha256:other")
    assert reports().find(DESIGN) is None


def test_the_digest_of_our_code_has_what_judges_and_leaves_out_what_does_not(monkeypatch):
    read = []
    before = alma_safe.tools._files
    monkeypatch.setattr(
        alma_safe.tools, "_files", lambda root: read.extend(found := before(root)) or found
    )
    alma_safe.tools.code_digest.__wrapped__()
    names = {path.name for path in read}
    assert {"pipeline.py", "stage.py", "contract.py", "recorder.toml", "workload.json"} <= names
    assert "zygote.kafel" in names
    assert "seccomp" in {part for path in read for part in path.parts}
    assert not any("search" in path.parts or "cli" in path.parts for path in read)


@pytest.mark.parametrize("status", [Status.ERROR, Status.SKIPPED], ids=lambda each: each.value)
def test_a_fault_of_ours_is_tried_again(status):
    reports().keep(judged(status))
    assert reports().find(DESIGN) is None


def test_what_a_weakened_sandbox_let_through_is_judged_again():
    reports().keep(judged(usage={"degraded": ["cgroup"]}))
    assert reports().find(DESIGN) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"design": "sha256:other", "stages": []}',
        json.dumps({"design": DESIGN.digest, "stages": []}).encode(),
        json.dumps({"design": DESIGN.digest, "stages": [{"name": "static"}]}).encode(),
    ],
    ids=range(9),
)
def test_what_cannot_be_read_is_no_report(cache, content):
    reports().keep(judged())
    [path] = cache.glob("*.json")
    path.write_bytes(content)
    assert reports().find(DESIGN) is None


def test_the_report_of_another_design_is_not_taken_for_this_one(cache):
    other = Design.from_bytes(b"import os\n", path="other.py")
    reports().keep(judged())
    reports().keep(judged(Status.FAILED, design=other))
    first, second = cache.glob("*.json")
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    assert reports().find(DESIGN) is None
    assert reports().find(other) is None


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(cache):
    store = reports()
    cache.rmdir()
    cache.write_text("not a folder")
    store.keep(judged())
    assert store.find(DESIGN) is None


def test_old_reports_are_forgotten(cache, monkeypatch):
    monkeypatch.setattr(alma_safe.reuse, "_MAX_KEPT", 8)
    for number in range(30):
        reports().keep(judged(design=Design.from_bytes(b"#%d" % number, path="x.py")))
    assert len(list(cache.iterdir())) <= 8


@settings(deadline=None, max_examples=60, derandomize=True)
@given(REPORTS)
def test_any_report_comes_back_as_it_was(report):
    for design in report.designs:
        for stage in design.stages:
            assert StageResult.from_json(stage.to_json()).to_json() == stage.to_json()


@pytest.mark.parametrize(("git", "below"), [(".git", "."), (".git", "designs"), ("", ".")])
def test_a_verdict_that_may_have_come_with_the_checkout_is_not_believed(
    tmp_path, monkeypatch, git, below
):
    monkeypatch.chdir(tmp_path)
    reports().keep(judged())
    (tmp_path / git).mkdir(exist_ok=True)
    (tmp_path / below).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / below)
    assert (reports().find(DESIGN) is None) == bool(git)


def test_a_checkout_elsewhere_costs_no_verdict(tmp_path, monkeypatch):
    (tmp_path / "checkout" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "checkout")
    reports().keep(judged())
    assert reports().find(DESIGN) is not None
