"""The resident checker: the same words as a process of its own, whatever it saw before."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.report import StageResult, Status
from alma_safe.verifier.types.stage import TypesStage

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = [
    *sorted((ROOT / "designs").glob("*.py")),
    *sorted((ROOT / "tests" / "assets" / "honest").glob("*.py")),
    *sorted((ROOT / "tests" / "assets" / "buggy").glob("*.py")),
    *sorted((ROOT / "tests" / "assets" / "rules").glob("mypy.*/*.py")),
]
BUGGY = "from agents.memo_structure import MemoStructure\nclass Memory(MemoStructure): pass\nnope\n"


def design(text: str) -> Design:
    return Design.from_bytes(text.encode(), path="design.py")


def told(result: StageResult) -> list[object]:
    return [
        (found.rule, found.severity, found.message, found.line, found.column, found.hint)
        for found in result.findings
    ]


async def warm() -> TypesStage:
    """A stage that has seen a design, so that the next one is for the resident process."""
    stage = TypesStage(load_policy())
    await stage.run(design("x = 1\n"))
    return stage


def forbid_cold(stage: TypesStage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise AssertionError("a process of its own was started")

    monkeypatch.setattr(stage, "_drive", fail)


def test_answers_are_those_of_a_process_of_its_own():
    """A part of the samples, always the same; ALMA_SAFE_ALL=1 takes them all."""
    count = len(SAMPLES) if "ALMA_SAFE_ALL" in os.environ else 40
    compare(random.Random(0).sample(SAMPLES, count))


def compare(paths: list[Path]) -> None:
    async def main() -> None:
        stage = await warm()
        try:
            for path in paths:
                read = Design.from_file(path)
                alone = TypesStage(load_policy())
                assert told(await stage.run(read)) == told(await alone.run(read)), path
        finally:
            await stage.aclose()

    asyncio.run(main())


def test_later_designs_start_no_process_of_their_own(monkeypatch):
    async def main() -> list[Status]:
        stage = await warm()
        forbid_cold(stage, monkeypatch)
        try:
            return [(await stage.run(design(text))).status for text in (BUGGY, "x = 1\n", BUGGY)]
        finally:
            await stage.aclose()

    statuses = asyncio.run(main())
    assert statuses[0] is statuses[2] is Status.FAILED
    assert statuses[1] is not statuses[0]


def test_several_designs_at_a_time_get_their_own_answers():
    texts = [f"{BUGGY}{'x = 1' + chr(10)}" * (number + 1) for number in range(6)]

    async def main() -> tuple[list[object], list[object]]:
        stage = await warm()
        try:
            together = await asyncio.gather(*(stage.run(design(text)) for text in texts))
            return [told(result) for result in together], [
                told(await stage.run(design(text))) for text in texts
            ]
        finally:
            await stage.aclose()

    together, alone = asyncio.run(main())
    assert together == alone


def test_one_design_leaves_nothing_for_the_next():
    """Names, caches and errors of a design are gone with it."""
    first = "class Basic_Recorder: ...\nimport builtins\nbuiltins.len = None\nint: str = ''\n"

    async def main() -> tuple[object, object]:
        stage = await warm()
        try:
            before = told(await stage.run(design(BUGGY)))
            await stage.run(design(first))
            return before, told(await stage.run(design(BUGGY)))
        finally:
            await stage.aclose()

    before, after = asyncio.run(main())
    assert before == after


def resident_of(stage: TypesStage) -> int:
    process = stage._resident._process
    assert process is not None
    return process.pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_resident_process_that_is_gone_or_stuck_costs_no_verdict(number, monkeypatch):
    from alma_safe.verifier.types import workers

    monkeypatch.setattr(workers, "_QUICK_S", 1)
    monkeypatch.setattr(workers, "_WALL_PER_CPU", 1)

    async def main() -> tuple[object, object, int, int]:
        stage = await warm()
        try:
            before = told(await stage.run(design(BUGGY)))
            first = resident_of(stage)
            os.kill(first, number)
            after = told(await stage.run(design(BUGGY)))
            await stage.run(design(BUGGY))
            return before, after, first, resident_of(stage)
        finally:
            await stage.aclose()

    before, after, first, second = asyncio.run(main())
    assert before == after
    assert first != second


def test_a_design_that_makes_mypy_run_on_is_refused_by_the_slow_way():
    huge = Design.from_file(ROOT / "tests" / "assets" / "rules" / "mypy.timeout" / "refused.py")

    async def main() -> StageResult:
        stage = await warm()
        try:
            return await stage.run(huge)
        finally:
            await stage.aclose()

    # Which of its limits it meets first, time or memory, depends on the machine.
    [rule] = [found.rule for found in asyncio.run(main()).findings if found.blocks]
    assert rule in ("mypy.timeout", "mypy.crash")


def test_nothing_is_left_when_the_stage_is_closed():
    def state() -> tuple[int, set[str]]:
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
        return len(os.listdir("/proc/self/fd")), set(children.split())

    async def main() -> None:
        stage = await warm()
        for _ in range(5):
            await stage.run(design(BUGGY))
        await stage.aclose()

    asyncio.run(main())
    before = state()
    asyncio.run(main())
    assert state() == before
