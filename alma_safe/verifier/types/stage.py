"""mypy on one design: started, bounded and read back on the host.

The host never parses the design. Time, memory and output of the subprocess are
bounded; whatever keeps it from finishing is held against the design, unless mypy
fails on a harmless one too.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import json
import math
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alma_safe.cache import cache_dir
from alma_safe.design import Design
from alma_safe.errors import InfrastructureError, ToolFailure
from alma_safe.policy import Policy
from alma_safe.report import Finding, Severity, StageResult
from alma_safe.text import visible
from alma_safe.verifier.types import rules
from alma_safe.verifier.types.workers import (
    ENVIRONMENT,
    MAX_OUTPUT,
    PACKAGE_PARENT,
    Resident,
    command,
    library,
)

_WARNINGS_PER_CODE = 2
_MAX_WARNINGS = 50
_MAX_ERRORS = 100
# mypy never waits: wall time beyond its CPU time is other people's load on this machine.
_WALL_PER_CPU = 4
_HARMLESS = b"x = 1\n"
_INSTALL = "install mypy into the environment that runs alma-safe"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How one run of the driver ended. ``fault`` is empty when it finished."""

    fault: str = ""
    timed_out: bool = False
    entries: tuple[Mapping[str, Any], ...] = ()
    usage: Mapping[str, Any] = field(default_factory=dict)


class TypesStage:
    """The stage ``types``."""

    name = "types"

    def __init__(self, policy: Policy) -> None:
        self._policy = policy.types
        self._resident = Resident(policy.types, library(policy))
        self._designs = 0

    async def run(self, design: Design) -> StageResult:
        """Check one design. Raises ToolFailure when mypy is missing or broken."""
        started = time.perf_counter()
        cache = _cache_folder()
        outcome = await self._quick(design.data, cache) or await self._drive(design.data, cache)
        if outcome.fault and not outcome.timed_out and cache is not None:
            # A damaged cache must not be held against a design.
            outcome = await self._drive(design.data, None)
        if outcome.fault:
            findings: tuple[Finding, ...] = (await self._fault(outcome),)
        else:
            findings = self._findings(outcome.entries, design.text)
        return StageResult.judged(
            self.name,
            findings,
            checks=1,
            duration_s=time.perf_counter() - started,
            usage=outcome.usage,
        )

    async def aclose(self) -> None:
        """End the resident process."""
        await self._resident.aclose()

    async def _quick(self, source: bytes, cache: Path | None) -> _Outcome | None:
        """Ask the resident process; None where only a process of its own can tell.

        Loading the library pays from the second design on.
        """
        self._designs += 1
        if self._designs == 1 or cache is None:
            return None
        output = await self._resident.check(source, cache)
        if output is None:
            return None
        outcome = _outcome(0, output)
        return None if outcome.fault else outcome

    async def _fault(self, outcome: _Outcome) -> Finding:
        if outcome.timed_out:
            return rules.TIMEOUT.finding(
                f"mypy did not finish within {self._policy.timeout_s:g} s of CPU time"
            )
        control = await self._drive(_HARMLESS, None)
        if control.fault:
            raise ToolFailure(f"mypy is broken: {control.fault}", hint=_INSTALL)
        return rules.CRASH.finding(f"mypy gave up on this design: {outcome.fault}")

    def _findings(self, entries: tuple[Mapping[str, Any], ...], text: str) -> tuple[Finding, ...]:
        lines = text.encode().split(b"\n")
        unique: dict[tuple[Any, ...], Finding] = {}
        for entry in entries:
            finding = self._finding(entry, lines)
            unique.setdefault((finding.rule, finding.line, finding.message), finding)
        ordered = sorted(unique.values(), key=lambda finding: (finding.line, finding.column))
        errors = [finding for finding in ordered if finding.blocks][:_MAX_ERRORS]
        warnings = [finding for finding in ordered if not finding.blocks]
        return (*errors, *_condensed(warnings))

    def _finding(self, entry: Mapping[str, Any], lines: list[bytes]) -> Finding:
        code = str(entry["code"])
        blocks = entry["weight"] == "block" and code in self._policy.block
        rule = rules.rule_of(code) if blocks else rules.OTHER
        note = str(entry.get("note", ""))
        evidence = {"code": code} | ({"note": visible(note, newlines=True)} if note else {})
        line = int(entry["line"])
        return rule.finding(
            f"{entry['message']} [{code}]",
            line=line,
            column=_column(lines, line, int(entry["column"])),
            hint=visible(str(entry.get("advice", ""))),
            severity=Severity.ERROR if blocks else Severity.WARNING,
            evidence=evidence,
        )

    async def _drive(self, source: bytes, cache: Path | None) -> _Outcome:
        cpu_s = math.ceil(self._policy.timeout_s)
        process = await asyncio.create_subprocess_exec(
            *command("driver"),
            str(cache) if cache else "-", str(self._policy.memory_mb), str(cpu_s),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(cpu_s * _WALL_PER_CPU):
                output = await _exchange(process, source)
                status = await process.wait()
        except TimeoutError:
            return _Outcome(fault="out of time", timed_out=True)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return _outcome(status, output)


def warm(policy: Policy) -> None:
    """Fill mypy's cache with every module that a design may import; takes seconds."""
    prelude = "".join(f"import {module}\n" for module in library(policy))
    stage = TypesStage(policy)
    result = asyncio.run(stage.run(Design.from_bytes(prelude.encode(), path="<prelude>")))
    if any(finding.rule in (rules.CRASH.id, rules.TIMEOUT.id) for finding in result.findings):
        raise ToolFailure(f"mypy could not fill its cache: {result.findings[0].message}")


async def _exchange(process: asyncio.subprocess.Process, source: bytes) -> bytes:
    """Send the design, return at most ``MAX_OUTPUT`` bytes of output, plus one."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(source)
        await process.stdin.drain()
        process.stdin.write_eof()
    output = bytearray()
    while len(output) <= MAX_OUTPUT:
        chunk = await process.stdout.read(65536)
        if not chunk:
            return bytes(output)
        output += chunk
    process.kill()
    return bytes(output)


def _outcome(status: int, output: bytes) -> _Outcome:
    if status == -signal.SIGXCPU:
        return _Outcome(fault="out of time", timed_out=True)
    if len(output) > MAX_OUTPUT:
        return _Outcome(fault="too many errors")
    try:
        entries = [json.loads(line) for line in output.splitlines() if line]
    except ValueError:
        # Cut off: whatever ended it is in the status, or nobody knows.
        return _Outcome(fault=_ended(status))
    last = entries.pop() if entries else {}
    if "missing" in last:
        raise ToolFailure(f"mypy cannot be imported: {last['missing']}", hint=_INSTALL)
    if "crash" in last:
        return _Outcome(fault=str(last["crash"]))
    if status or last.get("done") != len(entries):
        return _Outcome(fault=_ended(status))
    if last["flood"]:
        return _Outcome(fault="too many errors")
    return _Outcome(entries=tuple(entries), usage=last["usage"])


def _ended(status: int) -> str:
    """How a run ended that did not say its last word."""
    if status < 0:
        return f"killed by signal {-status}"
    return f"exit status {status}" if status else "its answer was cut off"


def _cache_folder() -> Path | None:
    """Return where mypy keeps what it knows of the library, None where nothing can be kept.

    The name depends on everything that mypy's files depend on but does not check itself.
    """
    mypy = importlib.util.find_spec("mypy")
    if mypy is None or mypy.origin is None:
        raise ToolFailure("mypy is not installed", hint=_INSTALL)
    stamp = os.stat(mypy.origin)
    parts = (mypy.origin, stamp.st_mtime_ns, stamp.st_size, sys.version, str(PACKAGE_PARENT))
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    try:
        return cache_dir(f"mypy-{key}")
    except InfrastructureError:
        return None


def _column(lines: list[bytes], line: int, column: int) -> int:
    """Turn mypy's byte offset into a column from 1 in characters; 0 without a line."""
    if not 1 <= line <= len(lines):
        return 0
    return len(lines[line - 1][:column].decode("utf-8", errors="replace")) + 1


def _condensed(warnings: list[Finding]) -> list[Finding]:
    """The first warnings of each code, and how many more there are of it.

    Optional stores alone give honest designs a dozen of one kind, which would drown
    the one that matters.
    """
    shown: list[Finding] = []
    counts: dict[str, int] = {}
    for finding in warnings:
        code = str(finding.evidence.get("code"))
        counts[code] = counts.get(code, 0) + 1
        if counts[code] <= _WARNINGS_PER_CODE:
            shown.append(finding)
    for code, count in counts.items():
        if count > _WARNINGS_PER_CODE:
            more = count - _WARNINGS_PER_CODE
            shown.append(
                rules.OTHER.finding(
                    f"and {more} more of this kind [{code}]", evidence={"code": code}
                )
            )
    return shown[:_MAX_WARNINGS]
