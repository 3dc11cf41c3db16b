"""Episodes as a reflection reads them: what the agent did stands before what it was told.

Every episode gets the same room, and in it the actions what the rest leaves: a long memory
never hides what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alma_safe.text import fenced, visible

_INIT_SHARE, _MEMORY_SHARE = 0.2, 0.35
_MAX_ACTION = 120
_LEAST_LINE, _MOST_LINE = 100, 400
_HEADINGS = 300
"""Characters that are kept for what stands between the parts."""


def shown(evidence: Sequence[Mapping[str, Any]], room: int) -> str:
    """Episodes, each between fences, in so many characters or little more."""
    share = room // max(1, len(evidence))
    parts = []
    for each in _alternating(evidence):
        body = _episode(each, share)
        parts.append(f"Reward {each['reward']:.2f}:\n\n{fenced(body, 'text')}")
    return "\n\n".join(parts)


def _alternating(evidence: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One of each third of the rewards in turn, the best third first."""
    thirds: list[list[Mapping[str, Any]]] = [[], [], []]
    for each in evidence:
        thirds[2 - max(0, min(2, int(each["reward"] * 3)))].append(each)
    longest = max(map(len, thirds), default=0)
    return [third[at] for at in range(longest) for third in thirds if at < len(third)]


def _episode(each: Mapping[str, Any], share: int) -> str:
    place = f"Task {_line(each.get('task', ''), 100)} ({_line(each.get('kind', ''), 100)})"
    init = each.get("init")
    told = [
        f"{_line(key, 60)}: {visible(_plain(value), int(share * _INIT_SHARE), newlines=True)}"
        for key, value in (init.items() if isinstance(init, dict) else ())
    ]
    before = visible("\n".join(told), int(share * _INIT_SHARE), newlines=True)
    memory = visible(_plain(each.get("memory", "")), int(share * _MEMORY_SHARE), newlines=True)
    steps = each.get("steps")
    room = share - len(place) - len(before) - len(memory) - _HEADINGS
    actions = _actions(list(steps) if isinstance(steps, list | tuple) else [], room)
    parts = [place]
    if before:
        parts.append(f"What there was before it:\n{before}")
    parts.append("What the agent did, and what came of it:\n" + "\n".join(actions))
    parts.append(f"What the memory had said before it:\n{memory or 'nothing'}")
    return "\n\n".join(parts)


def _actions(steps: Sequence[Any], room: int) -> Iterator[str]:
    """A line for each action; where they are too many, the first and the last ones."""
    if not steps:
        yield "nothing"
        return
    width = max(_LEAST_LINE, min(_MOST_LINE, room // len(steps)))
    lines = [f"{number}. {_step(step, width)}" for number, step in enumerate(steps, 1)]
    first, last = _kept(lines, room)
    yield from lines[:first]
    if first + last < len(lines):
        yield f"... {len(lines) - first - last} more actions"
    yield from lines[len(lines) - last :]


def _kept(lines: Sequence[str], room: int) -> tuple[int, int]:
    """How many lines of the beginning and of the end there is room for; one at least."""
    first, last, left = 1, 0, room - len(lines[0])
    while first + last < len(lines):
        # The end says what an episode came to, so that both sides grow alike.
        line = lines[-1 - last] if last < first else lines[first]
        left -= len(line) + 1
        if left < 0:
            break
        first, last = (first, last + 1) if last < first else (first + 1, last)
    return first, last


def _step(step: Any, width: int) -> str:
    if not isinstance(step, dict):
        return _line(step, width)
    action = _line(step.get("action_took", "?"), _MAX_ACTION)
    rest = {key: value for key, value in step.items() if key != "action_took"}
    # Numbers are short, and what a long text would push out of the line.
    numbers = [f"{key} {_plain(value)}" for key, value in rest.items() if not _text(value)]
    texts = [f"{key}: {value}" for key, value in rest.items() if _text(value)]
    came = _line("; ".join([*numbers, *texts]), max(40, width - len(action)))
    return f"{action} -> {came}" if came else action


def _text(value: object) -> bool:
    return isinstance(value, str)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _line(value: object, limit: int) -> str:
    return visible(" ".join(_plain(value).split()), limit)
