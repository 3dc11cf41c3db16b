"""Every hostile sample, with nothing but the wall in its way, judged from outside.

The static and types stages are left out. Whether a sample passes the property tests does
not matter: it may look well-behaved. What matters is that nothing it tried happened.

All samples run before the first test, some at a time; where several workers share the
tests, the first of them runs the samples and the others read what came of it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import fcntl
import json
import os
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from alma_safe.design import Design
from alma_safe.formats import NAMES, by_name
from alma_safe.policy import Policy
from alma_safe.report import DesignReport, Report
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import Closing, Ending, Session
from alma_safe.verifier.pipeline import Gate
from tests.sandbox import canaries as oracle
from tests.sandbox import jail

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "hostile"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.py"))
STAGES = ("properties", "execution")
AT_ONCE = 3
WITHIN_S = 60.0
MAX_GROWTH_MB = 400
UNSHOWABLE = {"\x1b", "\x07", "\x00", "\x9b", "\u202e", "\u2066"}

pytestmark = pytest.mark.xdist_group("canaries")


@dataclass
class Outcome:
    """What became of one sample. ``leaks`` are the secrets that were told, and where."""

    verdict: str = ""
    seconds: float = 0.0
    endings: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    outside: list[int] = field(default_factory=list)
    unshowable: list[str] = field(default_factory=list)
    crash: str = ""


@dataclass
class Whole:
    """All outcomes, and what the host looked like afterwards."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    growth_mb: float = 0.0


class Watched:
    """A session of which every word is searched for what no guest may know."""

    def __init__(self, session: Session, outcome: Outcome, canaries: oracle.Canaries) -> None:
        self._session = session
        self._outcome = outcome
        self._canaries = canaries
        self._open = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def call(self, method: str, payload: Any = None, *, deadline_s: float) -> Any:
        try:
            answer = await self._session.call(method, payload, deadline_s=deadline_s)
        except BaseException as error:
            self._heard(str(error))
            raise
        self._heard(oracle.as_text(answer))
        return answer

    async def close(self) -> Closing:
        closing = await self._session.close()
        if self._open:
            self._outcome.endings.append(closing.ending.value)
            self._heard(closing.output)
            self._open = False
        return closing

    def _heard(self, words: str) -> None:
        self._outcome.leaks += [
            f"{secret}, told by the guest" for secret in self._canaries.told(words)
        ]


class WatchedBackend:
    """A real backend; what its guests say is noted in the present outcome."""

    def __init__(self, kind: str, canaries: oracle.Canaries) -> None:
        self._backend = jail.BACKENDS[kind]()
        self.outcome = Outcome()
        self.canaries = canaries

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    async def open(self, *arguments: Any, **options: Any) -> Any:
        session = await self._backend.open(*arguments, **options)
        return Watched(session, self.outcome, self.canaries)


def quick() -> Policy:
    """The strict policy with less of everything, so that hundreds of samples can be run."""
    return jail.policy(
        properties={
            "examples": 1, "max_operations": 3, "budget_s": 25.0, "call_deadline_s": 2.0,
            "bulk_episodes": 4, "long_episode_steps": 20, "long_text_chars": 512,
        },
        execution={
            "collection_episodes": 3, "deployment_episodes": 3, "call_deadline_s": 2.0,
            "max_wall_s": 8.0,
        },
        sandbox={
            "memory_mb": 256, "cpu_s": 3, "wall_s": 8, "tmp_mb": 16, "tmp_inodes": 512,
            "chroma": "stand-in",
        },
    )  # fmt: skip


async def judge(name: str, gate: Gate, backend: WatchedBackend) -> Outcome:
    outcome = backend.outcome = Outcome()
    started = time.monotonic()
    try:
        report = await gate.verify(Design.from_file(FOLDER / f"{name}.py"))
        outcome.verdict = report.verdict.value
        outcome.findings = [f"{found.rule}: {found.message}" for found in report.findings][:5]
        for form, text in shown(report).items():
            outcome.leaks += [f"{secret}, in {form}" for secret in backend.canaries.told(text)]
            if set(text) & UNSHOWABLE or not _encodes(text):
                outcome.unshowable.append(form)
    except Exception as error:
        outcome.crash = repr(error)
    outcome.seconds = time.monotonic() - started
    outcome.outside = oracle.marked_outside()
    return outcome


def shown(report: DesignReport) -> dict[str, str]:
    """A report in every form in which somebody may read it."""
    whole = Report(designs=(report,), tool_version="0")
    forms = {name: by_name(name).render(whole) for name in NAMES}
    return {**forms, "the report itself": json.dumps(report.to_json(), allow_nan=False)}


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


async def everything(kind: str, names: list[str], canaries: oracle.Canaries) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    waiting, limits = list(names), quick()

    async def work() -> None:
        backend = WatchedBackend(kind, canaries)
        async with Gate(limits, backend=backend, stages=STAGES) as gate:
            while waiting:
                name = waiting.pop(0)
                outcomes[name] = await judge(name, gate, backend)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return outcomes


def run_all(kind: str, names: list[str]) -> Whole:
    with oracle.planted() as canaries:
        staged = rootfs.stage(False)
        before = oracle.fingerprint(staged.path / "site"), oracle.fingerprint(staged.guest)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        outcomes = asyncio.run(everything(kind, names, canaries))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        after = oracle.fingerprint(staged.path / "site"), oracle.fingerprint(staged.guest)
        changed = ["the staged root"] if before != after else []
        if (oracle.FOLDER / "secret").read_text() != canaries.in_file:
            changed.append("the planted secret")
        if os.environ.get(oracle.VARIABLE) != canaries.in_environment:
            changed.append("the environment of the host")
        left = [f"group {name}" for name in jail.own_groups()]
        left += [f"process {pid}" for pid in {*jail.descendants(), *oracle.marked()}]
        return Whole(
            outcomes=outcomes, hits=list(canaries.hits), files=sorted(canaries.files()),
            changed=changed, left=left, growth_mb=grown / 1024,
        )  # fmt: skip


TYPED = {
    "exit_137": Ending.EXIT,
    "os_exit_zero": Ending.EXIT,
    "infrastructure_error_text": Ending.EXIT,
    "jail_log_forgery": Ending.EXIT,
    "segfault_by_ctypes": Ending.SIGNAL,
    "abort_itself": Ending.SIGNAL,
    "memory_list_growth": Ending.OOM,
    "frame_deep_nesting": Ending.PROTOCOL,
    "frame_nan_and_infinity": Ending.PROTOCOL,
    "frame_length_four_gigabytes": Ending.PROTOCOL,
    "frame_not_json": Ending.PROTOCOL,
    "frame_parts_renew_deadline": Ending.PROTOCOL,
    "frame_objects_fill_host": Ending.PROTOCOL,
    "endless_loop_no_await": Ending.TIMEOUT_WALL,
    "print_flood_in_retrieve": Ending.OUTPUT,
    "unshare_user_namespace": Ending.SECCOMP,
}


KINDS = sorted(jail.BACKENDS)


def chosen_for(kind: str) -> list[str]:
    """All samples; of docker every fifth and the typed ones, all with ALMA_SAFE_ALL=1.

    A container costs some forty times a forked guest.
    """
    if kind != "docker" or "ALMA_SAFE_ALL" in os.environ:
        return SAMPLES
    return sorted({*SAMPLES[::5], *TYPED})


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """All samples of the collected tests, run on one backend; indirectly parametrised."""
    parameters = [
        getattr(getattr(item, "callspec", None), "params", {})
        for item in request.session.items
        if item.module is request.module
    ]
    names = sorted(
        {
            found["sample"]
            for found in parameters
            if found.get("whole") == request.param and "sample" in found
        }
    )
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return run_all(request.param, names or chosen_for(request.param))
    shared = tmp_path_factory.getbasetemp().parent / f"hostile-{request.param}-{run}.json"
    with shared.open("a+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.seek(0)
        told = stream.read()
        if not told:
            found = run_all(request.param, names or chosen_for(request.param))
            stream.write(json.dumps(dataclasses.asdict(found)))
            return found
    fields = json.loads(told)
    outcomes = {name: Outcome(**outcome) for name, outcome in fields.pop("outcomes").items()}
    return Whole(outcomes=outcomes, **fields)


@pytest.mark.parametrize(
    ("whole", "sample"),
    [(kind, sample) for kind in KINDS for sample in chosen_for(kind)],
    indirect=["whole"],
)
def test_sample_is_harmless(whole: Whole, sample: str) -> None:
    outcome = whole.outcomes[sample]
    assert outcome.crash == ""
    assert outcome.verdict in ("partial", "rejected"), outcome
    assert outcome.seconds < WITHIN_S
    assert outcome.leaks == []
    assert outcome.outside == []
    assert outcome.unshowable == []
    assert Ending.INFRASTRUCTURE not in outcome.endings
    assert [name for name in whole.files if name.startswith(sample)] == []


@pytest.mark.parametrize("sample", TYPED)
@pytest.mark.parametrize("whole", KINDS, indirect=True)
def test_why_it_ended_is_told_rightly(whole: Whole, sample: str) -> None:
    assert TYPED[sample] in whole.outcomes[sample].endings
    assert whole.outcomes[sample].verdict == "rejected"


@pytest.mark.parametrize("whole", KINDS, indirect=True)
def test_nothing_came_out(whole: Whole) -> None:
    assert whole.hits == []
    assert whole.files == []
    assert whole.changed == []


@pytest.mark.parametrize("whole", KINDS, indirect=True)
def test_nothing_is_left(whole: Whole) -> None:
    assert whole.left == []


@pytest.mark.parametrize("whole", KINDS, indirect=True)
def test_memory_of_the_host_stays_bounded(whole: Whole) -> None:
    assert whole.growth_mb < MAX_GROWTH_MB
