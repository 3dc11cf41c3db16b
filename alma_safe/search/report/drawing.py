"""Where things are in the two pictures of a report: the tree and the learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alma_safe.search.records import Candidate, State

COLUMN, ROW, MARGIN = 74, 30, 26
WIDTH, HEIGHT = 640, 220
_LEFT, _TOP = 44, 14

# From dark violet to yellow: told apart in every kind of colour vision, and in grey.
_RAMP = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A candidate in the tree. ``fill``: a colour, or empty for one without a score.

    ``line``: whether it is the winner or one of its forebears.
    """

    candidate: Candidate
    x: float
    y: float
    fill: str
    dark: bool
    path: str
    line: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The evolution tree: steps from left to right."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    steps: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Scores in the order in which designs were evaluated, and the best so far."""

    points: tuple[tuple[float, float, Candidate], ...]
    best: str
    baseline: float | None
    ticks: tuple[tuple[float, str], ...]


def tree(candidates: Sequence[Candidate], winner: str) -> Tree:
    """Place every candidate, and the way from its parent."""
    parents = {each.name: each.parent for each in candidates}
    line = {winner} if winner else set()
    while winner := parents.get(winner, ""):
        line.add(winner)
    scores = [each.score for each in candidates if each.score is not None]
    low, high = (min(scores), max(scores)) if scores else (0.0, 1.0)
    steps = sorted({each.step for each in candidates})
    column = {step: MARGIN + number * COLUMN for number, step in enumerate(steps)}
    place = {
        each.name: (column[each.step], MARGIN + ROW * (each.slot + 0.8)) for each in candidates
    }
    nodes = []
    for each in candidates:
        x, y = place[each.name]
        path = ""
        if each.parent in place:
            px, py = place[each.parent]
            bend = (x - px) / 2
            path = f"M{px:g},{py:g}C{px + bend:g},{py:g} {x - bend:g},{y:g} {x:g},{y:g}"
        share = (each.score - low) / (high - low) if each.score is not None and high > low else 0.5
        nodes.append(
            Node(
                candidate=each,
                x=x,
                y=y,
                fill=colour(share) if each.state is State.EVALUATED else "",
                dark=share < 0.6,
                path=path,
                line=each.name in line,
            )
        )
    rows = max((each.slot for each in candidates), default=0) + 1
    return Tree(
        width=2 * MARGIN + COLUMN * max(0, len(steps) - 1) + 20,
        height=MARGIN + ROW * (rows + 0.5),
        nodes=tuple(nodes),
        steps=tuple((step, column[step]) for step in steps),
    )


def curve(candidates: Sequence[Candidate], baseline: float | None) -> Curve:
    """Place the scores. The best so far goes up in stairs."""
    found = [each for each in candidates if each.score is not None]
    values = [each.score or 0.0 for each in found] + ([baseline] if baseline is not None else [])
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    pad = (high - low) * 0.1 or 0.05
    low, high = max(0.0, low - pad), min(1.0, high + pad)

    def y(value: float) -> float:
        return round(_TOP + (HEIGHT - 2 * _TOP - 20) * (high - value) / ((high - low) or 1.0), 1)

    def x(number: int) -> float:
        return round(_LEFT + (WIDTH - _LEFT - 16) * (number + 0.5) / max(1, len(found)), 1)

    points, best, top = [], "", -1.0
    for number, each in enumerate(found):
        score = each.score or 0.0
        points.append((x(number), y(score), each))
        best += f"H{x(number):g}V{y(max(top, score)):g}" if best else f"M{x(0):g},{y(score):g}"
        top = max(top, score)
    ticks = tuple(
        (y(low + (high - low) * part / 4), f"{low + (high - low) * part / 4:.2f}")
        for part in range(5)
    )
    return Curve(
        points=tuple(points),
        best=best,
        baseline=y(baseline) if baseline is not None else None,
        ticks=ticks,
    )


def colour(share: float) -> str:
    """A colour for a share of the way from the worst score (0) to the best (1)."""
    place = max(0.0, min(1.0, share)) * (len(_RAMP) - 1)
    first = min(int(place), len(_RAMP) - 2)
    parts = zip(_RAMP[first], _RAMP[first + 1], strict=True)
    mixed = [round(a + (b - a) * (place - first)) for a, b in parts]
    return "#" + "".join(f"{each:02x}" for each in mixed)
