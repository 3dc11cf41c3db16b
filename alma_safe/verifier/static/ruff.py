"""Ruff as a second opinion: isolated, suppressions off, bounded in time, memory and output."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import sysconfig
from pathlib import Path
from typing import Any

from alma_safe.errors import ToolFailure
from alma_safe.policy import StaticPolicy
from alma_safe.report import Finding, Severity
from alma_safe.text import visible
from alma_safe.verifier.rule import Rule

CRASHED = Rule(
    id="S013",
    stage="static",
    title="the linter gave up on this source",
    reason="A source that makes ruff crash or run out of time is not let through.",
    remedy="Simplify the design: shorter expressions, fewer and smaller literals.",
)

RULES = (CRASHED,)

_ADDRESS_SPACE = 2 * 1024 * 1024 * 1024
_MAX_OUTPUT = 8 * 1024 * 1024
_MAX_FINDINGS = 60
_REASON = "Ruff reports this as a defect; see `ruff rule {code}`."


def rule_for(code: str) -> Rule:
    """The rule that stands for one code of ruff."""
    return Rule(
        id=f"ruff.{code}",
        stage="static",
        title=f"ruff {code}",
        reason=_REASON.format(code=code),
        remedy=f"See https://docs.astral.sh/ruff/rules/{code}.",
    )


def find_binary() -> str:
    """Path of the ruff executable. Raises ToolFailure when it is not installed."""
    name = "ruff.exe" if os.name == "nt" else "ruff"
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    folders.append(sysconfig.get_path("scripts", f"{os.name}_user"))
    for folder in folders:
        candidate = os.path.join(folder, name)
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    raise ToolFailure("ruff is not installed", hint="install alma-safe with its dependencies")


class Ruff:
    """One configured linter; every call is a fresh process."""

    def __init__(self, policy: StaticPolicy, timeout_s: float) -> None:
        self._policy = policy
        self._timeout_s = timeout_s
        self._binary = find_binary()

    async def check(self, data: bytes) -> tuple[Finding, ...]:
        """Lint one source. A crash, a time-out or nonsense is a blocking finding."""
        try:
            output, code = await asyncio.wait_for(self._run(data), self._timeout_s)
        except TimeoutError:
            return (CRASHED.finding(f"ruff gave no answer within {self._timeout_s:g} s"),)
        if code not in (0, 1):
            return (CRASHED.finding(f"ruff stopped with exit code {code}"),)
        try:
            records = json.loads(output)
            return tuple(self._finding(record) for record in records[:_MAX_FINDINGS])
        except (ValueError, TypeError, KeyError, RecursionError):
            return (CRASHED.finding("ruff gave no readable answer"),)

    async def _run(self, data: bytes) -> tuple[bytes, int]:
        process = await self._start()
        try:
            _limit(process.pid)
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(data)
                await process.stdin.drain()
            process.stdin.close()
            output = await process.stdout.read(_MAX_OUTPUT)
            while output and len(output) < _MAX_OUTPUT:
                part = await process.stdout.read(_MAX_OUTPUT - len(output))
                if not part:
                    break
                output += part
            if len(output) >= _MAX_OUTPUT:
                process.kill()
            return output, await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        policy = self._policy
        arguments = ["check", "--isolated", "--ignore-noqa", "--no-cache", "--quiet"]
        arguments += ["--output-format", "json", "--stdin-filename", "design.py"]
        arguments += ["--target-version", "py312"]
        arguments += ["--select", ",".join((*policy.ruff_block, *policy.ruff_warn))]
        if policy.ruff_ignore:
            arguments += ["--ignore", ",".join(policy.ruff_ignore)]
        try:
            return await asyncio.create_subprocess_exec(
                self._binary,
                *arguments,
                "-",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"RAYON_NUM_THREADS": "1", "NO_COLOR": "1"},
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise ToolFailure(f"ruff did not start: {error.strerror}") from None

    def _finding(self, record: dict[str, Any]) -> Finding:
        code = record.get("code")
        location = record["location"]
        line, column = int(location["row"]), int(location["column"])
        message = visible(str(record["message"]))
        if not isinstance(code, str) or not code.isalnum():
            # Ruff's parser refuses what the interpreter's parser accepted: disagreement.
            code, severity = "syntax", Severity.ERROR
        else:
            blocks = code.startswith(self._policy.ruff_block)
            severity = Severity.ERROR if blocks else Severity.WARNING
        return rule_for(code).finding(
            f"{message} ({code})", line=line, column=column, severity=severity
        )


def _limit(pid: int) -> None:
    """Bound the process before it has read a byte: it waits for its input until then."""
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
        resource.prlimit(pid, resource.RLIMIT_CPU, (30, 30))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    except (ImportError, AttributeError, OSError, ValueError):
        # No prlimit on this system, or the process is gone: the clock still bounds it.
        return
