"""The gate: which stages run, when it stops, and what an error of ours comes to."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from alma_safe.design import MAX_BYTES, Design
from alma_safe.errors import SessionError, ToolFailure, UsageError
from alma_safe.policy import load_policy
from alma_safe.policy_bounds import HIGHEST
from alma_safe.report import STAGES, DesignReport, Finding, StageResult, Status, Verdict
from alma_safe.sandbox.base import Layer
from alma_safe.sandbox.select import backend
from alma_safe.verifier.pipeline import Gate
from tests.verifier.fakes import FakeBackend, honest
from tests.verifier.guests import memory

DESIGN = memory()
REFUSED = Design.from_bytes(DESIGN.data + b"\nimport os\n", path="refused.py")
BROKEN = Design.from_bytes(b"class Memory(:\n", path="broken.py")
SUBSETS = [subset for count in range(1, 5) for subset in itertools.combinations(STAGES, count)]


class Scripted:
    """A stage that comes to what a test wants."""

    def __init__(self, name: str, outcome: object, log: list[str]) -> None:
        self.name = name
        self._outcome = outcome
        self._log = log

    async def intake(self, design: Design) -> tuple[Finding, ...]:
        self._log.append("intake")
        if isinstance(self._outcome, ToolFailure):
            raise self._outcome
        return (Finding(rule="S001", message="no"),) if self._outcome == "intake" else ()

    async def run(self, design: Design) -> StageResult:
        self._log.append(self.name)
        if isinstance(self._outcome, Exception):
            raise self._outcome
        blocked = self._outcome == "failed"
        findings = (Finding(rule="X1", message="no"),) if blocked else ()
        checks = 0 if self._outcome == "vacuous" else 1
        return StageResult.judged(self.name, findings, checks=checks, duration_s=0.0)

    async def aclose(self) -> None:
        self._log.append(f"close {self.name}")


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch):
    """Run a gate over scripted stages; returns the report and what was called."""

    def run(outcomes: dict[str, object] | None = None, **options):
        log: list[str] = []
        made = {name: Scripted(name, (outcomes or {}).get(name), log) for name in STAGES}
        import alma_safe.verifier.static.stage as static

        monkeypatch.setattr(static, "StaticStage", lambda policy: made["static"])
        monkeypatch.setattr(Gate, "_make", lambda self, name: made[name])

        async def judged() -> DesignReport:
            async with Gate(load_policy(), backend=FakeBackend(honest), **options) as gate:
                return await gate.verify(DESIGN)

        return asyncio.run(judged()), log

    return run


def statuses(report: DesignReport) -> list[str]:
    return [f"{stage.name} {stage.status}" for stage in report.stages]


def verify(design: Design, **options) -> DesignReport:
    async def judged() -> DesignReport:
        async with Gate(load_policy(), **{"backend": None, **options}) as gate:
            return await gate.verify(design)

    return asyncio.run(judged())


# -- order and stopping ----------------------------------------------------------------


def test_all_stages_run_in_order(scripted) -> None:
    report, log = scripted()
    assert report.verdict is Verdict.ACCEPTED
    assert log[:5] == ["intake", *STAGES]


@pytest.mark.parametrize("failing", STAGES)
def test_gate_stops_at_the_first_stage_that_fails(scripted, failing: str) -> None:
    report, log = scripted({failing: "failed"})
    place = STAGES.index(failing)
    assert report.verdict is Verdict.REJECTED
    assert [stage.status for stage in report.stages] == [
        *[Status.PASSED] * place, Status.FAILED, *[Status.SKIPPED] * (3 - place),
    ]  # fmt: skip
    assert log[1 : place + 2] == list(STAGES[: place + 1])
    assert not set(STAGES[place + 1 :]) & set(log)


@pytest.mark.parametrize("failing", STAGES)
def test_all_stages_goes_on_after_a_failure(scripted, failing: str) -> None:
    report, log = scripted({failing: "failed"}, all_stages=True)
    assert report.verdict is Verdict.REJECTED
    assert set(STAGES) <= set(log)
    assert Status.SKIPPED not in [stage.status for stage in report.stages]


@pytest.mark.parametrize("outcome", [ToolFailure("broken"), SessionError("gone"), "vacuous"])
@pytest.mark.parametrize("all_stages", [False, True])
def test_nothing_runs_after_a_fault_of_ours(scripted, outcome, all_stages: bool) -> None:
    report, log = scripted({"types": outcome}, all_stages=all_stages)
    assert report.verdict is Verdict.ERROR
    assert statuses(report) == [
        "static passed", "types error", "properties skipped", "execution skipped",
    ]  # fmt: skip
    assert "properties" not in log


def test_fault_of_ours_is_an_error_with_its_hint_and_not_a_rejection(scripted) -> None:
    report, _ = scripted({"properties": SessionError("gone \x1b", hint="doctor")})
    (finding,) = report.stages[2].findings
    assert (finding.rule, finding.message, finding.hint) == (
        "infrastructure", "gone \\x1b", "doctor",
    )  # fmt: skip
    assert report.verdict is Verdict.ERROR


def test_failure_before_a_fault_of_ours_stays_a_rejection(scripted) -> None:
    report, _ = scripted({"static": "failed", "types": ToolFailure("broken")}, all_stages=True)
    assert report.verdict is Verdict.REJECTED


def test_bugs_of_ours_are_not_hidden(scripted) -> None:
    with pytest.raises(ZeroDivisionError):
        scripted({"types": ZeroDivisionError()})


# -- which stages ------------------------------------------------------------------------


@pytest.mark.parametrize("subset", SUBSETS, ids="-".join)
def test_part_of_the_stages_is_never_accepted(scripted, subset: tuple[str, ...]) -> None:
    report, log = scripted(stages=subset)
    assert [stage.name for stage in report.stages] == list(subset)
    assert log[: len(subset) + 1] == ["intake", *subset]
    assert report.verdict is (Verdict.ACCEPTED if subset == STAGES else Verdict.PARTIAL)


def test_order_and_repetition_of_the_request_do_not_matter(scripted) -> None:
    report, log = scripted(stages=("types", "static", "types"))
    assert [stage.name for stage in report.stages] == ["static", "types"]
    assert log.count("types") == 1


@pytest.mark.parametrize("subset", SUBSETS, ids="-".join)
def test_intake_comes_first_whatever_was_asked_for(scripted, subset: tuple[str, ...]) -> None:
    report, log = scripted({"static": "intake"}, stages=subset)
    assert log[0] == "intake"
    assert not set(log) & set(STAGES)
    assert report.verdict is Verdict.REJECTED
    assert (report.stages[0].name, report.stages[0].status) == ("static", Status.FAILED)


@pytest.mark.parametrize("subset", [("properties",), STAGES])
def test_intake_that_breaks_is_an_error(scripted, subset: tuple[str, ...]) -> None:
    report, log = scripted({"static": ToolFailure("no worker")}, stages=subset)
    assert report.verdict is Verdict.ERROR
    assert not set(log) & set(STAGES)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ((), "no stage"),
        (("lint",), "unknown stage lint"),
        (("static", "Types"), "unknown stage Types"),
        (("\x1b[0m",), r"unknown stage \\x1b"),
        (("",), "unknown stage"),
    ],
)
def test_unknown_or_no_stages_are_usage_errors(stages: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Gate(load_policy(), backend=None, stages=stages)
    assert "static, types, properties, execution" in caught.value.hint


def test_unknown_domain_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="unknown domain"):
        Gate(load_policy(), backend=None, domain="chess")


@pytest.mark.parametrize("stage", ["properties", "execution"])
def test_guest_stages_need_a_backend(stage: str) -> None:
    with pytest.raises(UsageError, match="needs a sandbox"):
        verify(DESIGN, stages=(stage,))


# -- with the real stages ------------------------------------------------------------------


def test_report_identifies_design_and_policy() -> None:
    report = verify(DESIGN, stages=("static",))
    policy = load_policy()
    assert report.digest == DESIGN.digest
    assert (report.policy.name, report.policy.digest) == ("strict", policy.digest)
    assert report.source == DESIGN.text
    assert report.path == DESIGN.path


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"x = 1\0", b"#" * (MAX_BYTES + 1), b"class Memory(:", b"(" * 9000],
    ids=["empty", "encoding", "nul", "huge", "syntax", "nested"],
)
def test_what_cannot_be_a_design_never_reaches_a_guest(data: bytes) -> None:
    guests = FakeBackend(honest)
    report = verify(Design.from_bytes(data), backend=guests, stages=("properties", "execution"))
    assert report.verdict is Verdict.REJECTED
    assert report.stages[0].name == "static"
    assert statuses(report)[1:] == ["properties skipped", "execution skipped"]
    assert guests.sessions == []


def test_all_stages_does_not_run_what_cannot_be_parsed() -> None:
    report = verify(BROKEN, stages=("static", "types"), all_stages=True)
    assert statuses(report) == ["static failed", "types skipped"]


def test_refused_design_does_not_reach_a_guest() -> None:
    guests = FakeBackend(honest)
    report = verify(REFUSED, backend=guests)
    assert report.verdict is Verdict.REJECTED
    assert guests.sessions == []


def test_static_rules_do_not_hold_when_only_guest_stages_run() -> None:
    report = verify(REFUSED, backend=backend(), stages=("execution",))
    assert statuses(report) == ["execution passed"]
    assert report.verdict is Verdict.PARTIAL


def test_honest_design_is_accepted() -> None:
    report = verify(DESIGN, backend=backend())
    assert report.verdict is Verdict.ACCEPTED


def test_one_gate_judges_many_designs_alike() -> None:
    async def judged() -> list[Verdict]:
        async with Gate(load_policy(), backend=None, stages=("static", "types")) as gate:
            return [
                (await gate.verify(design)).verdict
                for design in (DESIGN, REFUSED, BROKEN, DESIGN, REFUSED)
            ]

    assert asyncio.run(judged()) == [
        Verdict.PARTIAL, Verdict.REJECTED, Verdict.REJECTED, Verdict.PARTIAL, Verdict.REJECTED,
    ]  # fmt: skip


def test_stages_are_released_with_the_gate(scripted) -> None:
    _, log = scripted()
    assert [entry for entry in log if entry.startswith("close")] == [
        f"close {name}" for name in STAGES
    ]


def test_only_stages_that_ran_are_set_up(scripted) -> None:
    _, log = scripted({"types": "failed"})
    assert [entry for entry in log if entry.startswith("close")] == ["close static", "close types"]


def children() -> set[str]:
    import os

    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())


def test_no_process_outlives_the_gate() -> None:
    before = children()
    verify(DESIGN, backend=backend())
    assert children() - before == set()


def test_no_process_outlives_a_gate_that_is_cancelled() -> None:
    before = children()

    async def judged() -> None:
        stages = ("properties", "execution")
        async with Gate(load_policy(), backend=backend(), stages=stages) as gate:
            hanging = "import asyncio\nawait asyncio.Event().wait()"
            async with asyncio.timeout(1.5):
                await gate.verify(memory(update=hanging))

    with pytest.raises(TimeoutError):
        asyncio.run(judged())
    assert children() - before == set()


def test_a_backend_that_lacks_a_layer_may_witness_but_never_judge():
    class Holed(FakeBackend):
        without = frozenset({Layer.SECCOMP})

    with pytest.raises(UsageError, match="lacks seccomp"):
        Gate(load_policy(), backend=Holed(honest))


def test_a_gate_judges_only_while_somebody_will_close_it():
    async def used(gate: Gate) -> None:
        with pytest.raises(UsageError, match="gate") as caught:
            await gate.verify(DESIGN)
        assert "async with" in caught.value.hint

    async def go() -> None:
        gate = Gate(load_policy(), backend=None, stages=("static",))
        await used(gate)
        async with gate:
            assert (await gate.verify(DESIGN)).stages[0].name == "static"
        await used(gate)
        with pytest.raises(UsageError, match="make another"):
            async for _ in gate.verify_many([DESIGN]):
                pass
        with pytest.raises(UsageError, match="make another"):
            gate.open()
        with pytest.raises(UsageError, match="make another"):
            async with gate:
                pass

    before = children()
    asyncio.run(go())
    assert children() - before == set()


def test_many_designs_are_judged_by_a_gate_that_closes_itself():
    async def go() -> list[str]:
        gate = Gate(load_policy(), backend=None, stages=("static",))
        return [report.stages[0].name async for report in gate.verify_many([DESIGN, DESIGN])]

    before = children()
    assert asyncio.run(go()) == ["static", "static"]
    assert children() - before == set()


AMOUNTS = {
    "examples", "max_operations", "bulk_episodes", "long_episode_steps", "long_text_chars",
    "collection_episodes", "deployment_episodes",
}  # fmt: skip
"""How much is tried: the more, the longer it takes."""


def test_the_highest_limits_refuse_no_honest_design(tmp_path):
    text = 'schema = "alma-safe/policy/v1"\nname = "highest"\nextends = "strict"\n'
    for section, keys in HIGHEST.items():
        text += f"[{section}]\n"
        text += "".join(f"{key} = {n}\n" for key, n in keys.items() if key not in AMOUNTS)
    path = tmp_path / "highest.toml"
    path.write_text(text)

    async def judged() -> DesignReport:
        async with Gate(load_policy(str(path)), backend=backend()) as gate:
            return await gate.verify(DESIGN)

    report = asyncio.run(judged())
    assert report.verdict is Verdict.ACCEPTED, statuses(report)


def test_what_one_stage_raises_when_it_is_closed_spares_no_other(monkeypatch) -> None:
    closed: list[str] = []

    class Within(FakeBackend):
        async def aclose(self) -> None:
            closed.append("backend")

    class Stuck(Scripted):
        async def aclose(self) -> None:
            await super().aclose()
            raise SessionError("stuck")

    monkeypatch.setattr(Gate, "_make", lambda gate, name: Stuck(name, None, closed))

    async def main() -> None:
        async with Gate(load_policy(), backend=Within(honest)) as gate:
            await gate.verify(DESIGN)

    with pytest.raises(SessionError, match="stuck"):
        asyncio.run(main())
    assert closed[-4:] == ["close types", "close properties", "close execution", "backend"]
