"""What scores are worth: means of repeats, their error, and paired intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_RESAMPLES = 10_000

ENOUGH = 6
"""Values below which an interval is no verdict: of few tasks, or of one, resampling draws the
same few again, and where they are equal its bounds fall together. Of six, all must agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with the bounds that hold it with the given confidence."""

    mean: float
    low: float
    high: float
    confidence: float = 0.95
    count: int
    """Of what: so many values."""

    @property
    def enough(self) -> bool:
        """Whether there are values enough for a verdict."""
        return self.count >= ENOUGH

    @property
    def excludes_zero(self) -> bool:
        """Whether the difference is told from none."""
        return self.enough and (self.low > 0 or self.high < 0)

    def to_json(self) -> dict[str, float | bool]:
        """Return plain JSON values."""
        return {
            "mean": round(self.mean, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "confidence": self.confidence,
            "tasks": self.count,
            "excludes_zero": self.excludes_zero,
        }


def mean(values: Sequence[float]) -> float:
    """Return the mean. Raises ValueError where there are no values."""
    if not values:
        raise ValueError("a mean of nothing")
    return math.fsum(values) / len(values)


def standard_error(repeats: Sequence[float]) -> float:
    """The standard error of the mean of repeats: sample deviation over root n; 0 for one."""
    if len(repeats) < 2:
        return 0.0
    middle = mean(repeats)
    squares = math.fsum((value - middle) ** 2 for value in repeats)
    return math.sqrt(squares / (len(repeats) - 1) / len(repeats))


def bootstrap(values: Sequence[float], *, seed: int = 0, confidence: float = 0.95) -> Interval:
    """Return the mean of one value per task with its percentile bootstrap interval.

    For a paired comparison the values are differences, one per task: what a task's
    difficulty adds to both sides is gone then, and tasks are what is resampled.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    sample = np.asarray(values, dtype=np.float64)
    middle = mean(values)
    drawn = np.random.default_rng(seed).integers(0, len(sample), (_RESAMPLES, len(sample)))
    means = np.sort(sample[drawn].mean(axis=1))
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return Interval(
        mean=middle, low=float(low), high=float(high), confidence=confidence, count=len(sample)
    )
