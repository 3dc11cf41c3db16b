"""Making the trail of a failing battery small: drop calls, then steps, then text.

Hypothesis shrinks what Hypothesis drew; the fixed batteries are shrunk here, by
trying smaller trails on fresh instances until time is up.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from alma_safe.verifier.properties.episodes import Operation

type Fails = Callable[[list[Operation]], Awaitable[bool]]

_SHORT = 12


async def shrink(trail: list[Operation], fails: Fails, *, budget_s: float) -> list[Operation]:
    """Return a smaller trail that still fails; the trail itself when none is found in time."""
    deadline = time.monotonic() + budget_s
    changed = True
    while changed and time.monotonic() < deadline:
        changed = False
        for smaller in _smaller(trail):
            if time.monotonic() > deadline:
                break
            if await fails(smaller):
                trail, changed = smaller, True
                break
    return trail


def _smaller(trail: list[Operation]) -> Iterator[list[Operation]]:
    size = len(trail) // 2
    # The last call is the one that failed; everything before it may be superfluous.
    while size >= 1:
        for start in range(0, len(trail) - 1, size):
            end = min(start + size, len(trail) - 1)
            yield trail[:start] + trail[end:]
        size //= 2
    for index, operation in enumerate(trail):
        for recorder in _smaller_recorders(operation["recorder"]):
            changed = {"op": operation["op"], "recorder": recorder}
            yield [*trail[:index], changed, *trail[index + 1 :]]


def _smaller_recorders(recorder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    steps = recorder["steps"]
    if steps:
        yield {**recorder, "steps": []}
        yield {**recorder, "steps": steps[:1]}
        yield {**recorder, "steps": steps[: len(steps) // 2]}
    for key, value in recorder["init"].items():
        for shorter in _shorter(value):
            yield {**recorder, "init": {**recorder["init"], key: shorter}}
    for index, step in enumerate(steps):
        for key, value in step.items():
            for shorter in _shorter(value):
                changed = [*steps[:index], {**step, key: shorter}, *steps[index + 1 :]]
                yield {**recorder, "steps": changed}


def _shorter(value: Any) -> Iterator[Any]:
    if isinstance(value, str) and len(value) > 1:
        yield "x"
        if len(value) > _SHORT:
            yield value[:_SHORT]
    elif isinstance(value, list) and value:
        yield []
    elif isinstance(value, dict) and value:
        yield {}
