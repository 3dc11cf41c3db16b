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
    """A call that is not answered yet, and what came of it so far."""

    answer: asyncio.Future[Any]
    patience: Patience
    outcomes: list[Any] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None

    def take(self, message: Mapping[str, Any]) -> None:
        """Take in an answer, or a part of one: that gives the rest its time anew."""
        part = message.get("part")
        if isinstance(part, list):
            self.outcomes += part
            self.patience.renew()
            return
        failed = failure(message)
        if failed is not None:
            self.answer.set_exception(failed)
            return
        value = message.get("value")
        if self.outcomes and not isinstance(value, list):
            raise ProtocolViolation("an answer that does not fit its parts")
        self.answer.set_result(value)
