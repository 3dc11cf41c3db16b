"""Who becomes a parent. Each sampler is weights over the archive, and a way to draw by them.

Numbers follow from scores, visits, descriptors and the seed alone: not from the order in
which results came in, and not from hashes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from alma_safe.domains.episode import seed_of
from alma_safe.errors import UsageError
from alma_safe.text import visible


class Entry(NamedTuple):
    """A design that may become a parent.

    ``score`` and ``baseline`` (that of no memory) in [0, 1]; ``visits``: times that it was
    a parent, counted before the attempt; ``children``: designs of it that were evaluated;
    ``cell``: what it is like, for samplers that keep unlike designs.
    """

    name: str
    score: float
    baseline: float
    visits: int = 0
    children: int = 0
    cell: tuple[str, ...] = ()


def cell_of(descriptors: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a design belongs among unlike ones: stores, ways to find things, size, calls."""
    lines = descriptors.get("lines", 0)
    return (
        "+".join(descriptors.get("stores", ())),
        "+".join(kind for kind in descriptors.get("retrievals", ()) if kind != "pattern"),
        "small" if lines < 150 else "middle" if lines < 400 else "large",
        "asks" if descriptors.get("model_calls") else "silent",
    )


class Sampler(Protocol):
    """One way to choose parents."""

    @property
    def replaces(self) -> bool:
        """Whether one design may be drawn more than once for the same step."""

    def weights(self, entries: Sequence[Entry]) -> list[float]:
        """Return one weight per entry, none negative, not all of them zero."""


def sigmoid(value: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def softmax(values: Sequence[float], temperature: float) -> list[float]:
    """Weights that sum to 1, in the order of the values."""
    top = max(values)
    raised = [math.exp((value - top) / temperature) for value in values]
    total = math.fsum(raised)
    return [each / total for each in raised]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlmaSampler:
    """Softmax of sigmoid(score - baseline) - alpha ln(1 + visits), the constants of the paper.

    With them a visit weighs more than any difference of scores does: see ``scaled``.
    Source: ALMA, arXiv 2602.07755, and its published code.
    """

    steepness: float = 1.0
    alpha: float = 0.5
    temperature: float = 0.5
    replaces: bool = False

    def weights(self, entries: Sequence[Entry]) -> list[float]:
        """See :class:`Sampler`."""
        values = [
            sigmoid(self.steepness * (each.score - each.baseline))
            - self.alpha * math.log(1 + each.visits)
            for each in entries
        ]
        return softmax(values, self.temperature)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledSampler:
    """As ``alma``, but scores count in units of their own spread in the archive."""

    steepness: float = 2.0
    alpha: float = 0.25
    temperature: float = 0.25
    replaces: bool = False

    def weights(self, entries: Sequence[Entry]) -> list[float]:
        """See :class:`Sampler`."""
        middle = math.fsum(each.score for each in entries) / len(entries)
        spread = math.sqrt(math.fsum((each.score - middle) ** 2 for each in entries) / len(entries))
        values = [
            sigmoid(self.steepness * (each.score - middle) / spread if spread > 1e-9 else 0.0)
            - self.alpha * math.log(1 + each.visits)
            for each in entries
        ]
        return softmax(values, self.temperature)


@dataclass(frozen=True, slots=True, kw_only=True)
class DgmSampler:
    """sigmoid(10 (score - 1/2)) / (1 + children), with replacement.

    Source: Darwin Goedel Machine, arXiv 2505.22954, and its published code.
    """

    replaces: bool = True

    def weights(self, entries: Sequence[Entry]) -> list[float]:
        """See :class:`Sampler`."""
        return [sigmoid(10 * (each.score - 0.5)) / (1 + each.children) for each in entries]


@dataclass(frozen=True, slots=True, kw_only=True)
class GreedySampler:
    """The best design for every place: the ablation of open-ended search."""

    replaces: bool = True

    def weights(self, entries: Sequence[Entry]) -> list[float]:
        """See :class:`Sampler`."""
        best = max(range(len(entries)), key=lambda n: (entries[n].score, -n))
        return [float(number == best) for number in range(len(entries))]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityDiversitySampler:
    """The best design of each cell, cells being drawn evenly.

    Source: MAP-Elites, arXiv 1504.04909.
    """

    replaces: bool = True

    def weights(self, entries: Sequence[Entry]) -> list[float]:
        """See :class:`Sampler`."""
        elites: dict[tuple[str, ...], int] = {}
        for number, each in enumerate(entries):
            other = elites.get(each.cell)
            if other is None or each.score > entries[other].score:
                elites[each.cell] = number
        return [float(number in set(elites.values())) for number in range(len(entries))]


SAMPLERS: dict[str, Callable[[], Sampler]] = {
    "alma": AlmaSampler,
    "greedy": GreedySampler,
    "scaled": ScaledSampler,
    "dgm": DgmSampler,
    "quality-diversity": QualityDiversitySampler,
}


def sampler(name: str) -> Sampler:
    """Return a sampler. Raises UsageError for an unknown one."""
    if name not in SAMPLERS:
        raise UsageError(
            f"unknown sampler {visible(name)}", hint=f"samplers: {', '.join(SAMPLERS)}"
        )
    return SAMPLERS[name]()


def drawn(sampler: Sampler, entries: Sequence[Entry], count: int, *seed: object) -> list[str]:
    """Draw the names of up to ``count`` parents.

    Without replacement there are no more of them than entries. The order of ``entries``
    has no influence.
    """
    left = sorted(entries, key=lambda each: [int(part) for part in each.name.split(".")])
    chance = random.Random(seed_of("parents", *seed))
    weights = sampler.weights(left) if left else []
    found: list[str] = []
    while any(weights) and len(found) < count:
        chosen = chance.choices(range(len(left)), weights)[0]
        found.append(left[chosen].name)
        if not sampler.replaces:
            del left[chosen], weights[chosen]
    return found
