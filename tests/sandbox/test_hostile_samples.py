"""Every hostile sample, with nothing but the wall in its way, judged from outside.

The static and types stages are left out. Whether a sample passes the property tests does
not matter: it may look well-behaved. What matters is that nothing it tried happened.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from alma_safe.design import Design
from alma_safe.formats import NAMES, by_name
from alma_safe.policy import Policy
from alma_safe.report import DesignReport, Report, Verdict
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import Closing, Ending, Session
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from alma_safe.verifier.pipeline import Gate
from tests.sandbox import canaries as oracle
from tests.sandbox import jail

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "hostile"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.py"))
STAGES = ("properties", "execution")
AT_ONCE = 3
WITHIN_S = 60.0
MAX_GROWTH_MB = 400

pytestmark = pytest.mark.xdist_group("canaries")


@dataclass
class Outcome:
    """What became of one sample."""

    report: DesignReport | None = None
    seconds: float = 0.0
    endings: list[Ending] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    outside: list[int] = field(default_factory=list)


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
            self._outcome.endings.append(closing.ending)
            self._heard(closing.output)
            self._open = False
        return closing

    def _heard(self, words: str) -> None:
        self._outcome.told.update(self._canaries.told(words))


class WatchedBackend(NsjailBackend):
    """The real backend; what its guests say is noted in the present outcome."""

    def __init__(self, canaries: oracle.Canaries) -> None:
        super().__init__()
        self.outcome = Outcome()
        self._canaries = canaries

    async def open(self, *arguments: Any, **options: Any) -> Any:
        session = await super().open(*arguments, **options)
        return Watched(session, self.outcome, self._canaries)


def quick() -> Policy:
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
    design = Design.from_file(FOLDER / f"{name}.py")
    outcome = backend.outcome = Outcome()
    started = time.monotonic()
    outcome.report = await gate.verify(design)
    outcome.seconds = time.monotonic() - started
    outcome.outside = oracle.marked_outside()
    return outcome


@dataclass
class Whole:
    """All outcomes, and what the host looked like before and after."""

    canaries: oracle.Canaries
    outcomes: dict[str, Outcome | BaseException]
    hits: list[str]
    files: set[str]
    secret: str
    growth_mb: float
    root_changed: bool


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest) -> Iterator[Whole]:
    """Runs all collected samples, some at a time, with the canaries planted."""
    wanted = {
        item.callspec.params["sample"]
        for item in request.session.items
        if getattr(item, "callspec", None) and "sample" in item.callspec.params
        and item.module is request.module
    }  # fmt: skip
    limits = quick()
    outcomes: dict[str, Outcome | BaseException] = {}

    async def everything(canaries: oracle.Canaries) -> None:
        waiting = sorted(wanted or SAMPLES)

        async def work() -> None:
            backend = WatchedBackend(canaries)
            async with Gate(limits, backend=backend, stages=STAGES) as gate:
                while waiting:
                    name = waiting.pop(0)
                    try:
                        outcomes[name] = await judge(name, gate, backend)
                    except Exception as error:
                        outcomes[name] = error

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    with oracle.planted() as canaries:
        staged = rootfs.stage(False)
        before = oracle.fingerprint(staged.path / "site"), oracle.fingerprint(staged.guest)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        asyncio.run(everything(canaries))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        after = oracle.fingerprint(staged.path / "site"), oracle.fingerprint(staged.guest)
        yield Whole(
            canaries=canaries,
            outcomes=outcomes,
            hits=list(canaries.hits),
            files=canaries.files(),
            secret=(oracle.FOLDER / "secret").read_text(),
            growth_mb=grown / 1024,
            root_changed=before != after,
        )


def outcome_of(whole: Whole, sample: str) -> Outcome:
    outcome = whole.outcomes[sample]
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


@pytest.mark.parametrize("sample", SAMPLES)
def test_sample_is_harmless(whole: Whole, sample: str) -> None:
    outcome = outcome_of(whole, sample)
    report = outcome.report
    assert report is not None
    assert report.verdict in (Verdict.PARTIAL, Verdict.REJECTED), report.findings
    assert outcome.seconds < WITHIN_S
    assert not [name for name in whole.files if name.startswith(sample)]
    assert not outcome.outside
    assert not outcome.told
    assert Ending.INFRASTRUCTURE not in outcome.endings
    shown = Report(designs=(report,), tool_version="0")
    for name in NAMES:
        text = by_name(name).render(shown)
        assert not set(text) & {"\x1b", "\x07", "\x00", "\x9b", "\u202e"}, name
        assert whole.canaries.told(text) == []
    json.dumps(report.to_json(), allow_nan=False).encode("utf-8")


TYPED = {
    "exit_124": Ending.EXIT,
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
    "endless_loop_no_await": Ending.TIMEOUT_WALL,
    "print_flood_in_retrieve": Ending.OUTPUT,
    "unshare_user_namespace": Ending.SECCOMP,
    "ptrace_seize_parent": Ending.SECCOMP,
}


@pytest.mark.parametrize("sample", TYPED)
def test_why_it_ended_is_told_rightly(whole: Whole, sample: str) -> None:
    outcome = outcome_of(whole, sample)
    assert TYPED[sample] in outcome.endings
    assert outcome.report is not None
    assert outcome.report.verdict is Verdict.REJECTED


def test_nothing_came_out(whole: Whole) -> None:
    assert whole.hits == []
    assert whole.files == set()
    assert whole.secret == whole.canaries.in_file
    assert not whole.root_changed


def test_nothing_is_left(whole: Whole) -> None:
    assert jail.own_groups() == set()
    assert oracle.marked() == []
    assert jail.descendants() == set()
    assert os.environ[oracle.VARIABLE] == whole.canaries.in_environment


def test_memory_of_the_host_stays_bounded(whole: Whole) -> None:
    assert whole.growth_mb < MAX_GROWTH_MB
