"""A call to a guest that is not answered yet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alma_safe.sandbox.outcome import failure
from alma_safe.sandbox.patience import Patience
from alma_safe.sandbox.protocol import ProtocolViolation


@dataclass(slots=True)
class Pending:
    """A call that is not answered yet, and what came of it so far.

    ``calls`` is how many outcomes a story of calls has, 0 for a call that is none: only a
    story is answered in parts. ``room`` is what the parts may weigh on the host.
    """

    answer: asyncio.Future[Any]
    patience: Patience
    calls: int = 0
    room: int = 0
    outcomes: list[Any] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None
    heard: bool = False

    def take(self, message: Mapping[str, Any], weight: int = 0) -> None:
        """Take in an answer, or a part of one: that gives the rest its time anew.

        A part without an outcome, or one more than there are calls, would be time for nothing.
        Raises ProtocolViolation.
        """
        part = message.get("part")
        if isinstance(part, list):
            self.room -= weight
            if not part or len(self.outcomes) + len(part) > self.calls:
                raise ProtocolViolation("a part of an answer that has no such part")
            if self.room < 0:
                raise ProtocolViolation("an answer whose parts are too much to keep")
            self.outcomes += part
            self.patience.renew()
            return
        self.heard = True
        if self.answer.done():
            return  # its caller has gone
        failed = failure(message)
        if failed is not None:
            self.answer.set_exception(failed)
            return
        value = message.get("value")
        if self.outcomes and not isinstance(value, list):
            raise ProtocolViolation("an answer that does not fit its parts")
        self.answer.set_result(value)
