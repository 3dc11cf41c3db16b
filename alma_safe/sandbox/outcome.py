"""What a call to a guest came to. The guest's words; nothing in them is believed.

An outcome is an object with one of the keys ``value``, ``refused`` or ``raised``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from alma_safe.sandbox.base import GuestFrame, GuestRaised, GuestRefused
from alma_safe.text import visible

_MAX_FRAMES = 12
_MAX_LINE = 1_000_000
# What our guest code writes above the stacks, and what faulthandler does where only it can.
_WATCHDOG, _ALARM = "Timeout (0:", "(most recent call first):"
_DESIGN_FRAME = re.compile(r'File "design\.py", line (\d{1,6}) in (\S+)')


def failure(outcome: Mapping[str, Any]) -> GuestRaised | GuestRefused | None:
    """Return the exception that an outcome stands for, or None for a value."""
    if "value" in outcome:
        return None
    raised, refused = outcome.get("raised"), outcome.get("refused")
    if isinstance(raised, Mapping):
        return GuestRaised(
            visible(str(raised.get("type")), 100),
            visible(str(raised.get("text"))),
            _frames(raised.get("frames")),
            brokered=raised.get("brokered") is True,
        )
    if isinstance(refused, Mapping):
        return GuestRefused(str(refused.get("kind"))[:40], visible(str(refused.get("text"))))
    return None


def hanging_frame(output: str) -> GuestFrame | None:
    """Where a guest hung, as its own watchdog wrote before the host ended it."""
    _, found, stacks = output.rpartition(_WATCHDOG)
    if not found:
        _, found, stacks = output.partition(_ALARM)
    place = _DESIGN_FRAME.search(stacks) if found else None
    if place is None:
        return None
    return GuestFrame(line=int(place[1]), function=visible(place[2], 100))


def _frames(value: Any) -> tuple[GuestFrame, ...]:
    return tuple(
        GuestFrame(line=_line(frame[0]), function=visible(frame[1], 100))
        for frame in (value if isinstance(value, list) else [])[:_MAX_FRAMES]
        if isinstance(frame, list)
        and len(frame) == 2
        and isinstance(frame[0], int)
        and isinstance(frame[1], str)
    )


def _line(claimed: int) -> int:
    """A line that a file can have, else 0: unknown."""
    return claimed if 0 < claimed < _MAX_LINE else 0
