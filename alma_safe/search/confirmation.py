"""What a run found: finalists played once more, the winner confirmed on tasks never used.

The score that a design was chosen by is too good: it was the best of many. So the best
ones are played again with other chance, and what is said of the winner is what it does on
held-out tasks, against no memory and against every baseline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from alma_safe.domains.statistics import ENOUGH, Interval, bootstrap
from alma_safe.search.archive import Archive
from alma_safe.search.failures import broke
from alma_safe.search.playing import Playing
from alma_safe.search.purse import Purse
from alma_safe.search.records import Candidate, Measured, Purpose, RunSettings, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The winner against one other, on held-out tasks. ``other``: a name, or no memory."""

    other: str
    score: float
    mean: float
    low: float
    high: float
    tasks: int = ENOUGH
    """That both played; runs of before it was counted had enough."""

    @property
    def sure(self) -> bool:
        """Whether the winner is better, the interval excluding zero."""
        return self.verdict == "better"

    @property
    def verdict(self) -> str:
        """What can be said of the winner."""
        if self.tasks < ENOUGH:
            return "too few tasks"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "not told apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended. ``winner`` is empty where no design survived.

    ``search``, ``validation``, ``confirmation``: its scores; ``against``: the comparisons
    on held-out tasks, no memory first; ``stopped``: the budget that ended the run;
    ``unconfirmed``: why there is no confirmation where one was asked for, or not all of it;
    ``short``: the budget is why.
    """

    steps: int
    winner: str = ""
    digest: str = ""
    search: float | None = None
    validation: float | None = None
    confirmation: float | None = None
    against: tuple[Compared, ...] = ()
    stopped: str = ""
    unconfirmed: str = ""
    short: bool = False
    finalists: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        against = [{**asdict(each), "verdict": each.verdict} for each in self.against]
        return asdict(self) | {"against": against}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Outcome:
        """Return what :meth:`to_json` was of."""
        known = ({k: v for k, v in each.items() if k != "verdict"} for each in values["against"])
        against = tuple(Compared(**each) for each in known)
        return cls(**{**values, "against": against, "finalists": tuple(values["finalists"])})


async def confirmed(
    archive: Archive, playing: Playing, purse: Purse, *, stopped: str, steps: int
) -> Outcome:
    """Choose the winner and measure what it is worth; written down, and returned again.

    What the budget has no room for is left out, said so, and made up for where the run goes
    on with more. Raises InfrastructureError where something of it cannot be played.
    """
    if not archive.steps():
        return Outcome(steps=steps, stopped=stopped)
    if (kept := archive.outcome()) is not None and not kept.get("short"):
        return Outcome.from_json(kept)
    best = sorted(
        (each for each in archive.candidates() if each.state is State.EVALUATED),
        key=lambda each: (-_search(each), each.step, each.slot),
    )
    outcome = Outcome(steps=steps, stopped=stopped)
    if best and archive.settings.confirm:
        outcome = await _confirmed(archive.settings, playing, purse, outcome, best)
    elif best:
        outcome = replace(outcome, **_winner(best[0]), finalists=(best[0].name,))
    archive.put_outcome(outcome.to_json())
    return outcome


def _search(each: Candidate) -> float:
    assert each.score is not None  # without one it was not evaluated
    return each.score


def _winner(each: Candidate) -> dict[str, Any]:
    return {"winner": each.name, "digest": each.digest, "search": each.score}


async def _confirmed(
    settings: RunSettings,
    playing: Playing,
    purse: Purse,
    outcome: Outcome,
    best: Sequence[Candidate],
) -> Outcome:
    finalists = _finalists(settings, best)
    if why := await purse.short(Purpose.VALIDATION, finalists):
        names = (best[0].name,)
        return replace(outcome, **_winner(best[0]), unconfirmed=why, short=True, finalists=names)
    validated = await _validated(settings, playing, purse, best)
    if not validated:
        return outcome

    def worth(each: Candidate) -> float:
        again = validated[each.name]
        return _search(each) if again is None else _search(each) + again

    held = [each for each in best if each.name in validated]
    winner = max(held, key=lambda each: (worth(each), -each.step, -each.slot))
    found = replace(
        outcome,
        **_winner(winner),
        validation=validated[winner.name],
        finalists=tuple(each.name for each in held),
    )
    if why := await purse.short(Purpose.CONFIRMATION, [winner.digest, ""]):
        return replace(found, unconfirmed=why, short=True)
    mine = await _held_out(playing, winner.digest, winner.name)
    if mine.failure is not None:
        return replace(found, unconfirmed=f"on held-out tasks it broke {broke(mine.failure)}")
    against, left_out, why = [], [], ""
    for name, digest in [("no memory", ""), *settings.baselines]:
        if digest == winner.digest:
            continue
        if short := await purse.short(Purpose.CONFIRMATION, [digest]):
            left_out.append(name)
            why = short
        else:
            against += _compared(name, mine, await _held_out(playing, digest, name))
    # No memory first, then the baselines, the best of them before the others.
    against[1:] = sorted(against[1:], key=lambda each: (-each.score, each.other))
    found = replace(found, confirmation=mine.score, against=tuple(against))
    if left_out:
        told = f"against {', '.join(left_out)}: {why}"
        return replace(found, unconfirmed=told, short=True)
    return found


def _finalists(settings: RunSettings, best: Sequence[Candidate]) -> list[str]:
    """Digests of those that are played again at least; none where one is alone."""
    chosen = best[: settings.finalists]
    return [each.digest for each in chosen] if len(chosen) > 1 else []


async def _validated(
    settings: RunSettings, playing: Playing, purse: Purse, best: Sequence[Candidate]
) -> dict[str, float | None]:
    """The best designs that hold with other chance, and their scores: None where one is alone.

    One that breaks then is no finalist, and the next best takes its place.
    """
    planned = _finalists(settings, best)
    if not planned:
        return {best[0].name: None}
    found: dict[str, float | None] = {}
    purpose = Purpose.VALIDATION
    for each in best:
        if each.digest not in planned and await purse.short(purpose, [each.digest]):
            break
        again = await playing.measured(each.digest, purpose, name=f"{purpose.value} of {each.name}")
        if again.failure is None:
            found[each.name] = again.score
        if len(found) == settings.finalists:
            break
    return found


async def _held_out(playing: Playing, digest: str, name: str) -> Measured:
    purpose = Purpose.CONFIRMATION
    return await playing.measured(digest, purpose, name=f"{purpose.value} of {name}")


def _compared(name: str, mine: Measured, theirs: Measured) -> list[Compared]:
    """The comparison with one other; none where that one broke, or no task is common."""
    interval = difference(mine, theirs)
    if interval is None or theirs.score is None or theirs.failure is not None:
        return []
    return [
        Compared(
            other=name,
            score=theirs.score,
            mean=interval.mean,
            low=interval.low,
            high=interval.high,
            tasks=interval.count,
        )
    ]


def difference(mine: Measured, theirs: Measured) -> Interval | None:
    """The paired difference over the tasks that both played; None where there are none."""
    one, other = mine.tasks, theirs.tasks
    both = [one[task] - other[task] for task in one if task in other]
    return bootstrap(both) if both else None
