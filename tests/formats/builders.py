"""Reports for the tests of formats: fixed ones, and arbitrary ones for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from alma_safe.report import (
    STAGES,
    DesignReport,
    Finding,
    PolicyRef,
    Report,
    Severity,
    StageResult,
    Status,
)
from alma_safe.verifier.rule import Rule

SHA = "sha256:" + "0123456789abcdef" * 4
POLICY = PolicyRef(name="strict", digest=SHA)

SOURCE = """import os


class Memory(MemoStructure):
    async def general_retrieve(self, recorder):
        return {"goal": self.lost}
"""

RULES = {
    "S101": Rule(
        id="S101",
        stage="static",
        title="Import outside the allowlist",
        reason="A module could reach files or the network.",
        remedy="Use a module of the allowlist.",
    ),
    "S201": Rule(
        id="S201", stage="static", title="Style", reason="Unclear.", remedy="Rename.", warns=True
    ),
}

IMPORT_OS = Finding(
    rule="S101",
    message="import of os is not allowed",
    line=1,
    column=8,
    hint="Use a module of the allowlist.",
)
LOST = Finding(
    rule="mypy.attr-defined",
    message='"Memory" has no attribute "lost"',
    line=6,
    column=24,
    hint="Define lost in __init__.",
    evidence={"code": "attr-defined", "note": "first\nsecond"},
)
RAISES = Finding(
    rule="P101",
    message="general_retrieve raised KeyError: 'obs'",
    hint="Handle an empty memory.",
    evidence={
        "snippet": "memory = Memory()\nawait memory.general_retrieve(Basic_Recorder())\n",
        "counters": {"calls": 3, "shrinks": 12},
        "seed": 7,
    },
)
STYLE = Finding(rule="S201", message="x is a poor name", severity=Severity.WARNING, line=4)


def stage(name: str, status: Status = Status.PASSED, *findings: Finding, **more) -> StageResult:
    checks = 0 if status in (Status.SKIPPED, Status.ERROR) else 3
    more.setdefault("duration_s", 0.25)
    return StageResult(name=name, status=status, checks=checks, findings=findings, **more)


def design(*stages: StageResult, path: str = "designs/memory.py", source: str = SOURCE):
    return DesignReport(path=path, digest=SHA, policy=POLICY, stages=stages, source=source)


def report(*designs: DesignReport) -> Report:
    return Report(designs=designs, tool_version="0.1.0")


ACCEPTED = design(*(stage(name) for name in STAGES), path="designs/good.py")
PARTIAL = design(
    stage("static"), stage("types"), stage("properties", Status.SKIPPED), path="designs/half.py"
)
REJECTED = design(
    stage("static", Status.FAILED, IMPORT_OS, STYLE),
    stage("types", Status.FAILED, LOST),
    stage("properties", Status.FAILED, RAISES),
    stage("execution", Status.SKIPPED),
)
BROKEN = design(
    stage("static"),
    stage("types", Status.ERROR, Finding(rule="tool", message="mypy timed out")),
    path="designs/broken.py",
)

# Any code point, lone surrogates and controls included.
ANYTHING = st.text(st.characters(), max_size=40)

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANYTHING, inner, max_size=3),
    max_leaves=6,
)

FINDINGS = st.builds(
    Finding,
    rule=ANYTHING.filter(bool),
    message=ANYTHING,
    severity=st.sampled_from(Severity),
    line=st.integers(0, 12),
    column=st.integers(0, 60),
    hint=ANYTHING,
    evidence=st.dictionaries(ANYTHING, _VALUES, max_size=3)
    | st.fixed_dictionaries({"snippet": ANYTHING, "counters": _VALUES}),
)

STAGE_RESULTS = st.builds(
    StageResult,
    name=st.sampled_from(STAGES),
    status=st.sampled_from(Status),
    duration_s=st.floats(0, 1e5),
    checks=st.integers(0, 10**6),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    usage=st.dictionaries(ANYTHING, _VALUES, max_size=3)
    | st.fixed_dictionaries({"cpu_s": _VALUES, "degraded": _VALUES, "peak_memory_bytes": _VALUES}),
)

REPORTS = st.builds(
    Report,
    tool_version=st.just("0.1.0"),
    designs=st.lists(
        st.builds(
            DesignReport,
            path=ANYTHING,
            digest=st.none() | st.just(SHA),
            policy=st.just(POLICY),
            stages=st.lists(STAGE_RESULTS, max_size=4).map(tuple),
            source=st.text(st.characters(), max_size=200),
        ),
        max_size=3,
    ).map(tuple),
)
