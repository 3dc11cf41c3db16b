"""The host's side: starts the tracer beside a guest, and reads what it counted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alma_safe.seccomp import numbers
from alma_safe.text import visible

_PROGRAM = Path(__file__).with_name("tracer.py")
_FURTHER = -1
"""The tracer's for numbers that no call has. It is a program: nothing of it is imported."""
_START_S = 10.0
_END_S = 10.0
_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Calls by name, how many of them failed, and why nothing could be counted, if so.

    A call of a foreign ABI has its architecture and number for a name.
    """

    calls: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"calls": dict(self.calls), "failed": dict(self.failed), "reason": self.reason}


class Trace:
    """One guest that is traced until it is gone."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reason = "no guest was traced"

    async def start(self, pid: int | None) -> None:
        """Attach to a process and its threads; where that cannot be, the reason is kept."""
        if pid is None:
            self._reason = "the guest's process cannot be seen from here"
            return
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_PROGRAM), str(pid)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_MAX_BYTES,
        )
        line = await self._line(_START_S)
        if line != "ready":
            await self._end()
            self._reason = visible(line, 200) or "the tracer did not start"

    async def result(self) -> Traced:
        """What was counted; the guest has to be gone, or this waits for it in vain."""
        if self._process is None:
            return Traced(reason=self._reason)
        line = await self._line(_END_S)
        await self._end()
        with contextlib.suppress(ValueError, TypeError, KeyError):
            rows = json.loads(line)
            calls = {_name(arch, number): count for arch, number, count, _ in rows}
            failed = {_name(arch, number): count for arch, number, _, count in rows if count}
            return Traced(calls=dict(sorted(calls.items())), failed=dict(sorted(failed.items())))
        return Traced(reason="the tracer broke off")

    async def _line(self, seconds: float) -> str:
        if self._process is None or self._process.stdout is None:
            return ""
        with contextlib.suppress(TimeoutError, ValueError):
            line = await asyncio.wait_for(self._process.stdout.readline(), seconds)
            return line.decode("ascii", "replace").strip()
        return ""

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            # After its last line it ends by itself.
            await asyncio.wait_for(process.wait(), _END_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _name(arch: int, number: int) -> str:
    if number == _FURTHER:
        return f"further numbers of {arch:#x}"
    machine = os.uname().machine
    if arch == numbers.AUDIT_ARCH.get(machine):
        return numbers.name_of(number, machine) or f"number {number}"
    return f"foreign {arch:#x} number {number}"
