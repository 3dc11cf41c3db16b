"""What a run may take binds all of it: what comes before the first design, and after the last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alma_safe.search.archive import Archive
from alma_safe.search.budget import Budget
from alma_safe.search.confirmation import Outcome
from alma_safe.search.loop import Search
from alma_safe.search.records import Measured, Purpose, State
from alma_safe.search.watch import Nobody
from tests.search.fakes import FakeExecutor, FakeProposer
from tests.search.makers import settings
from tests.search.test_faults import GOOD
from tests.search.test_loop import PlainTrees, candidates, document
from tests.search.test_loop import searched as _searched


class Dear(FakeExecutor):
    """Every episode costs a dollar; there are three to collect and 24 to play."""

    async def collect(self, advance: Callable[[], None]) -> list[dict[str, Any]]:
        return [{"spent": {"input_tokens": 10, "output_tokens": 1, "usd": 1.0}}] * 3

    async def play(self, source: bytes | None, **asked: Any) -> Measured:
        found = await super().play(source, **asked)
        costs = {"usd": float(len(found.played)), "agent_tokens": 11 * len(found.played)}
        return replace(found, costs=costs)


class Free(FakeProposer):
    """Costs nothing, so that sums are those of playing."""

    def _written(self, brief: Any, attempt: int) -> Any:
        return replace(super()._written(brief, attempt), calls=())


def free() -> Free:
    return Free(lambda brief, n: GOOD.format(brief.step, brief.slot), reflects=False)


def searched(*arguments: Any, **values: Any) -> Outcome:
    return _searched(*arguments, **{"agent": "llm", **values})


ONE = 24.0
"""What it takes to play one design, or no memory, for one purpose."""
BEFORE = 3.0 + ONE


def spent(folder: Path) -> dict[str, float]:
    with Archive.open(folder) as archive:
        return archive.spent()


def test_all_that_was_paid_for_is_in_the_sum(tmp_path: Path) -> None:
    searched(tmp_path, free(), Dear(), steps=1)
    found = spent(tmp_path)
    # No memory and two designs; both of these again; one of them and no memory held out.
    assert found["usd"] == BEFORE + 6 * ONE
    assert found["designs_usd"] == 2 * ONE
    assert found["agent_tokens"] == 11 * found["usd"]


@pytest.mark.parametrize(
    ("usd", "played"), [(2.0, 0), (10.0, 0), (BEFORE, 1), (BEFORE + 1, 2), (BEFORE + ONE, 2)]
)
def test_what_comes_before_the_first_design_is_bound(
    tmp_path: Path, usd: float, played: int
) -> None:
    executor = Dear()
    found = searched(tmp_path / "a", free(), executor, steps=0, limits={"usd": usd}, finalists=1)
    assert len(executor.played) == played
    assert "usd" in found.stopped + found.unconfirmed
    more = searched(tmp_path / "a", free(), Dear(), steps=0, limits={"usd": 1000}, finalists=1)
    assert more.confirmation is not None
    searched(tmp_path / "b", free(), Dear(), steps=0, finalists=1)
    assert document(tmp_path / "a") == document(tmp_path / "b")


@pytest.mark.parametrize("key", ["usd", "tokens"])
@pytest.mark.parametrize(
    ("room", "purposes", "told"),
    [
        (0, [], "24"),
        (47, [], "48"),
        (48, [Purpose.VALIDATION] * 2, "48"),
        (95, [Purpose.VALIDATION] * 2, "48"),
        (96, [Purpose.VALIDATION] * 2 + [Purpose.CONFIRMATION] * 2, ""),
    ],
)
def test_what_of_the_confirmation_does_not_fit_is_left_out_and_made_up_for(
    tmp_path: Path, room: int, purposes: list[Purpose], told: str, key: str
) -> None:
    executor, unit = Dear(), 11 if key == "tokens" else 1
    limits = {key: (BEFORE + 2 * ONE + room) * unit}
    found = searched(tmp_path / "a", free(), executor, steps=1, limits=limits)
    assert [each for _, each in executor.played][3:] == purposes
    assert found.winner
    assert (found.confirmation is None) is bool(told)
    assert bool(found.unconfirmed) is bool(told)
    if told:
        assert f"--resume --steps 1 --max-{key} " in found.unconfirmed
        with Archive.open(tmp_path / "a") as archive:
            assert Outcome.from_json(archive.outcome()) == found
        enough = float(found.unconfirmed.rpartition(" ")[2])
        limits = {key: max(enough, limits[key] + 200 * unit)}
        found = searched(tmp_path / "a", free(), executor, steps=1, limits=limits)
    assert found.confirmation is not None
    searched(tmp_path / "b", free(), Dear(), steps=1)
    assert document(tmp_path / "a") == document(tmp_path / "b")


def test_what_costs_nothing_always_fits(tmp_path: Path) -> None:
    proposer = FakeProposer(lambda brief, n: GOOD.format(brief.step, brief.slot))
    found = searched(tmp_path, proposer, steps=5, limits={"usd": 0.02}, agent="scripted")
    assert "usd" in found.stopped
    assert found.confirmation is not None
    assert not found.unconfirmed


def test_baselines_that_do_not_fit_are_named(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "x", settings()) as archive:
        pairs = tuple((f"{n}.py", archive.put_source(n.encode())) for n in ("one", "two"))

    def kept(archive: Archive) -> None:
        for name in (b"one", b"two"):
            archive.put_source(name)

    room = BEFORE + ONE + 3 * ONE
    found = searched(
        tmp_path / "a", free(), Dear(), steps=0, limits={"usd": room}, baselines=pairs,
        prepare=kept,
    )  # fmt: skip
    assert [each.other for each in found.against] == ["no memory", "one.py"]
    assert found.unconfirmed.startswith("against two.py: the budget of 123 usd has 0 left")


def seeded(folder: Path, limits: dict[str, float], **more: Any) -> list[State]:
    sources = [f"# good {n}".encode() for n in range(4)]
    with Archive.create(folder / "x", settings()) as archive:
        pairs = tuple((f"{n}.py", archive.put_source(each)) for n, each in enumerate(sources))

    def kept(archive: Archive) -> None:
        for each in sources:
            archive.put_source(each)

    searched(
        folder / "a", free(), Dear(), steps=3, seeds=pairs, prepare=kept, limits=limits,
        confirm=False, **more,
    )  # fmt: skip
    return [each.state for each in candidates(folder / "a")]


@pytest.mark.parametrize(
    "limits", [{"evaluations": 2}, {"evaluations": 2.5}, {"usd": BEFORE + 2 * ONE}]
)
def test_seeds_are_bound_as_other_designs_are(tmp_path: Path, limits: dict[str, float]) -> None:
    assert seeded(tmp_path, limits) == [State.EVALUATED] * 2
    assert spent(tmp_path / "a")["evaluations"] == 2


def test_a_part_of_an_evaluation_ends_a_run_and_makes_no_empty_steps(tmp_path: Path) -> None:
    found = searched(tmp_path, free(), steps=9, limits={"evaluations": 2.5}, confirm=False)
    assert [each.state for each in candidates(tmp_path)] == [State.EVALUATED] * 2
    assert found.stopped == "the budget of 2.5 evaluations is spent"


# -- time ------------------------------------------------------------------------------


class Clock:
    """Moves by an hour at each evaluation."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Slow(FakeExecutor):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    async def play(self, source: bytes | None, **asked: Any) -> Measured:
        self._clock.now += 3600
        return await super().play(source, **asked)


def timed(folder: Path, hours: float, steps: int = 9, **broken: Any) -> Outcome:
    import asyncio

    clock = Clock()
    fresh = not (folder / "archive.sqlite").exists()
    asked = settings(confirm=False, parents=1)
    with Archive.create(folder, asked) if fresh else Archive.open(folder) as archive:
        search = Search(
            archive, Slow(clock), free(), PlainTrees(), Nobody(),  # type: ignore[arg-type]
            budget=Budget(limits={"hours": hours}), clock=clock,
        )  # fmt: skip
        return asyncio.run(search.run(steps))


def test_hours_of_a_run_that_goes_on_are_those_of_before_as_well(tmp_path: Path) -> None:
    found = timed(tmp_path, 3.5)
    assert "3.5 hours" in found.stopped
    assert len(candidates(tmp_path)) == 3
    assert "3.5 hours" in timed(tmp_path, 3.5).stopped
    assert len(candidates(tmp_path)) == 3
    timed(tmp_path, 5.5)
    assert len(candidates(tmp_path)) == 5
    with Archive.open(tmp_path) as archive:
        assert archive.elapsed_s() == 6 * 3600
