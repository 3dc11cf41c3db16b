"""What an evaluation found: scores with their errors, compared with no memory, per type.

Plain data: :mod:`alma_safe.domains.table` shows it, ``to_json`` keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alma_safe.domains.episode import Episode
from alma_safe.domains.rollout import Deployment
from alma_safe.domains.statistics import Interval, bootstrap, mean, standard_error

SCHEMA = "alma-safe/evaluation/v1"
TRANSFER = "alma-safe/transfer/v1"

_BINS = ((0.0, 0.33), (0.33, 0.66), (0.66, 1.01))
_PER_BIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Mean of the repeats' means, its standard error, and the mean per type of task."""

    mean: float
    standard_error: float
    repeats: tuple[float, ...]
    kinds: Mapping[str, float]
    tasks: Mapping[str, float]

    @classmethod
    def of(cls, episodes: Sequence[Episode]) -> Score | None:
        """Return the score of what was played, or None where nothing was."""
        if not episodes:
            return None
        repeats = [
            mean([each.reward for each in episodes if each.repeat == repeat])
            for repeat in sorted({each.repeat for each in episodes})
        ]
        return cls(
            mean=mean(repeats),
            standard_error=standard_error(repeats),
            repeats=tuple(repeats),
            kinds=_means({each.task.kind: 0 for each in episodes}, episodes, "kind"),
            tasks=_means({each.task.id: 0 for each in episodes}, episodes, "id"),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "mean": round(self.mean, 6),
            "standard_error": round(self.standard_error, 6),
            "repeats": [round(value, 6) for value in self.repeats],
            "kinds": {name: round(value, 6) for name, value in sorted(self.kinds.items())},
            "tasks": {name: round(value, 6) for name, value in self.tasks.items()},
        }


def _means(
    names: Mapping[str, int], episodes: Sequence[Episode], field_name: str
) -> dict[str, float]:
    return {
        name: mean([e.reward for e in episodes if getattr(e.task, field_name) == name])
        for name in names
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One design, or no memory (``digest`` is empty then)."""

    name: str
    digest: str
    deployment: Deployment
    train_size: int

    @property
    def score(self) -> Score | None:
        """What was played, scored; None where nothing was."""
        return Score.of(self.deployment.episodes)

    def against(self, other: Result) -> Interval | None:
        """The paired difference of the tasks that both have played; None where there are none."""
        mine, theirs = self.score, other.score
        if mine is None or theirs is None:
            return None
        both = [name for name in theirs.tasks if name in mine.tasks]
        if not both:
            return None
        return bootstrap([mine.tasks[name] - theirs.tasks[name] for name in both])

    def to_json(self, baseline: Result | None, rival: Result | None = None) -> dict[str, Any]:
        """Return plain JSON values. With a ``rival`` the difference to it is among them."""
        ran, score = self.deployment, self.score
        difference = self.against(baseline) if baseline is not None else None
        to_rival = self.against(rival) if rival is not None else None
        return {
            "design": self.name,
            "digest": self.digest,
            "train_size": self.train_size,
            "score": score.to_json() if score is not None else None,
            "difference_to_no_memory": difference.to_json() if difference is not None else None,
            "difference_to_rival": to_rival.to_json() if to_rival is not None else None,
            "episodes": len(ran.episodes),
            "planned": ran.planned,
            "steps": sum(len(episode.steps) for episode in ran.episodes),
            "retries": sum(episode.attempts - 1 for episode in ran.episodes),
            "seconds": round(ran.seconds, 3),
            "memory_s": round(ran.memory_s, 4),
            "memory_bytes": ran.memory_bytes,
            "retrieved_bytes": _mean_or_zero([each.retrieved_bytes for each in ran.episodes]),
            "agent": {
                "calls": ran.spent.calls,
                "input_tokens": ran.spent.input_tokens,
                "output_tokens": ran.spent.output_tokens,
                "usd": round(ran.spent.usd, 6),
            },
            "broker": [dict(each) for each in ran.model],
            "usage": [dict(each) for each in ran.usage],
            "degraded": list(ran.degraded),
            "failure": ran.failure.to_json() if ran.failure is not None else None,
            "faults": list(ran.faults),
        }


def _mean_or_zero(values: Sequence[int]) -> float:
    return round(mean(values), 1) if values else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Designs side by side on the same tasks, with the same collection.

    ``setting`` holds everything that the numbers depend on: domain and its digest, task
    set, split, mode, sizes, steps, seed, agent and its version, tool version.
    """

    setting: Mapping[str, Any]
    baseline: Result
    results: tuple[Result, ...]
    curves: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)
    """Design -> results over sizes of the collection, where they were asked for."""
    rival: Result | None = None
    """A further design, with which each is compared as well."""

    @property
    def exit_code(self) -> int:
        """1 where a design failed, 3 where our side could play nothing, else 0."""
        curves = (result for curve in self.curves.values() for result in curve)
        rival = () if self.rival is None else (self.rival,)
        everything = (self.baseline, *rival, *self.results, *curves)
        if any(result.deployment.failure is not None for result in everything):
            return 1
        return 3 if any(result.score is None for result in everything) else 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "schema": SCHEMA,
            "setting": dict(self.setting),
            "baseline": self.baseline.to_json(None, self.rival),
            "rival": self.rival.to_json(self.baseline) if self.rival is not None else None,
            "results": [result.to_json(self.baseline, self.rival) for result in self.results],
            "curves": {
                name: [result.to_json(self.baseline) for result in curve]
                for name, curve in self.curves.items()
            },
        }


def transferred(found: Sequence[Evaluation]) -> dict[str, Any]:
    """Evaluations of the same designs elsewhere, as plain JSON values."""
    return {"schema": TRANSFER, "evaluations": [each.to_json() for each in found]}


def evidence(episodes: Sequence[Episode]) -> tuple[Episode, ...]:
    """Up to three episodes of each third of the rewards: what a reflection gets to read.

    Source: ALMA, which shows its meta agent the same bins.
    """
    chosen: list[Episode] = []
    for low, high in _BINS:
        chosen += [each for each in episodes if low <= each.reward < high][:_PER_BIN]
    return tuple(chosen)
