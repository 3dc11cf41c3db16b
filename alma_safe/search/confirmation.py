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
from alma_safe.search.executors.base import Executor
from alma_safe.search.records import Candidate, Measured, Purpose, State
from alma_safe.search.watch import Watch


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
    on held-out tasks, no memory first; ``stopped``: the budget that ended the run.
    """

    steps: int
    winner: str = ""
    digest: str = ""
    search: float | None = None
    validation: float | None = None
    confirmation: float | None = None
    against: tuple[Compared, ...] = ()
    stopped: str = ""
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
    archive: Archive, executor: Executor, watch: Watch, *, stopped: str, steps: int
) -> Outcome:
    """Choose the winner and measure what it is worth; written down, and returned again."""
    key = f"outcome.{max(archive.steps(), default=0)}"
    if (kept := archive.fact(key)) is not None:
        return Outcome.from_json(kept)
    settings = archive.settings
    best = sorted(
        (each for each in archive.candidates() if each.state is State.EVALUATED),
        key=lambda each: (-(each.score or 0.0), each.step, each.slot),
    )
    outcome = Outcome(steps=steps, stopped=stopped)
    if best:
        finalists = best[: settings.finalists] if settings.confirm else best[:1]
        outcome = await _chosen(archive, executor, watch, outcome, finalists)
    archive.put_fact(key, outcome.to_json())
    return outcome


async def _chosen(
    archive: Archive,
    executor: Executor,
    watch: Watch,
    outcome: Outcome,
    finalists: Sequence[Candidate],
) -> Outcome:
    settings = archive.settings
    validated: dict[str, float] = {}
    if settings.confirm and len(finalists) > 1:
        for each in finalists:
            again = await _played(
                archive, executor, watch, each.digest, Purpose.VALIDATION, each.name
            )
            validated[each.name] = again.score or 0.0

    def worth(each: Candidate) -> float:
        return (each.score or 0.0) + validated.get(each.name, 0.0)

    winner = max(finalists, key=lambda each: (worth(each), -each.step, -each.slot))
    found = Outcome(
        steps=outcome.steps,
        stopped=outcome.stopped,
        winner=winner.name,
        digest=winner.digest,
        search=winner.score,
        validation=validated.get(winner.name),
        finalists=tuple(each.name for each in finalists),
    )
    if not settings.confirm:
        return found
    mine = await _played(archive, executor, watch, winner.digest, Purpose.CONFIRMATION, winner.name)
    others = [("no memory", ""), *settings.baselines]
    against = []
    for name, digest in others:
        if digest == winner.digest:
            continue
        theirs = await _played(archive, executor, watch, digest, Purpose.CONFIRMATION, name)
        interval = difference(mine, theirs)
        if interval is not None and theirs.score is not None:
            against.append(
                Compared(
                    other=name,
                    score=theirs.score,
                    mean=interval.mean,
                    low=interval.low,
                    high=interval.high,
                    tasks=interval.count,
                )
            )
    # No memory first, then the baselines, the best of them before the others.
    against[1:] = sorted(against[1:], key=lambda each: (-each.score, each.other))
    return replace(found, confirmation=mine.score, against=tuple(against))


def difference(mine: Measured, theirs: Measured) -> Interval | None:
    """The paired difference over the tasks that both played; None where there are none."""
    one, other = mine.tasks, theirs.tasks
    both = [one[task] - other[task] for task in one if task in other]
    return bootstrap(both) if both else None


async def _played(
    archive: Archive,
    executor: Executor,
    watch: Watch,
    digest: str,
    purpose: Purpose,
    name: str,
) -> Measured:
    found = archive.evaluation(digest, purpose)
    if found is None:
        _, total = await executor.sizes(purpose)
        found = await executor.play(
            archive.source(digest) if digest else None,
            digest=digest,
            purpose=purpose,
            collection=archive.collection() or (),
            baseline=None,
            advance=watch.phase(f"{purpose.value} of {name}", total),
        )
        archive.put_evaluation(found)
    return found
