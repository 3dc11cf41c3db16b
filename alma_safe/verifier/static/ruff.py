"""Ruff as a second opinion: a warm language server, without configuration or suppressions.

``ruff server`` answers in a tenth of the time that a ``ruff check`` process needs to
start. It reads no configuration file, and comments that would suppress a finding are
made unreadable for it, character for character, before it sees the text.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import Any

from alma_safe.errors import ToolFailure
from alma_safe.linter import find_binary
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
_MAX_OUTPUT = 16 * 1024 * 1024
_MAX_FINDINGS = 60
_START_S = 30.0
_RESTART_EVERY = 500
_URI = "file:///design.py"
# The words of every comment that ruff obeys: per line, per file and per range.
_SUPPRESSION = re.compile("noqa|ruff|flake8|isort", re.IGNORECASE)
_UNREADABLE = {"noqa": "n0qa", "ruff": "rvff", "flake8": "flakeB", "isort": "is0rt"}
# An answer to this without F821 means that the linter does not check at all.
_CANARY = "canary = undefined_name_of_the_gate  # noqa: F821\n"


def rule_for(code: str) -> Rule:
    """The rule that stands for one code of ruff."""
    return Rule(
        id=f"ruff.{code}",
        stage="static",
        title=f"ruff {code}",
        reason=f"Ruff reports this as a defect; `ruff rule {code}` explains it.",
        remedy=f"See https://docs.astral.sh/ruff/rules/{code}.",
    )


class Ruff:
    """One configured linter process, started when first asked, for one event loop."""

    def __init__(self, policy: StaticPolicy, timeout_s: float) -> None:
        self._policy = policy
        self._timeout_s = timeout_s
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._served = 0

    async def check(self, text: str) -> tuple[Finding, ...]:
        """Lint one source. A crash, a time-out or nonsense is a blocking finding.

        Raises ToolFailure when ruff is missing or does not work at all.
        """
        async with self._turn:
            await self._start()
            try:
                records = await asyncio.wait_for(self._diagnose(text), self._timeout_s)
                return tuple(self._finding(record) for record in records[:_MAX_FINDINGS])
            except TimeoutError:
                await self._kill()
                return (CRASHED.finding(f"ruff gave no answer within {self._timeout_s:g} s"),)
            except (OSError, EOFError, ValueError, TypeError, KeyError, RecursionError):
                await self._kill()
                return (CRASHED.finding("ruff stopped or gave no readable answer"),)
            except BaseException:
                # Half an exchange is left in the pipes: this process is of no use any more.
                await self._kill()
                raise

    async def close(self) -> None:
        """End the process. May be called again."""
        await self._kill()

    # ------------------------------------------------------------------- the process

    async def _start(self) -> None:
        running = self._process is not None and self._process.returncode is None
        if running and self._served < _RESTART_EVERY:
            return
        await self._kill()
        binary = find_binary()
        try:
            self._process = await asyncio.create_subprocess_exec(
                binary,
                "server",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"RAYON_NUM_THREADS": "1", "NO_COLOR": "1"},
                cwd="/",
                start_new_session=True,
                limit=_MAX_OUTPUT,
            )
            _limit(self._process.pid)
            records = await asyncio.wait_for(self._hello(), _START_S)
        except (OSError, EOFError, ValueError, TypeError, KeyError, TimeoutError) as error:
            await self._kill()
            detail = visible(str(error)) or type(error).__name__
            raise ToolFailure(
                f"ruff did not start: {detail}", hint="install alma-safe with its dependencies"
            ) from None
        if not any(record.get("code") == "F821" for record in records):
            await self._kill()
            raise ToolFailure(
                "ruff misses an undefined name: it does not check as configured",
                hint="select F821 in ruff_block of the policy, and check the version of ruff",
            )

    async def _hello(self) -> list[dict[str, Any]]:
        select = sorted({*self._policy.ruff_block, *self._policy.ruff_warn, "F821"})
        configuration = {
            "lint": {"select": select, "ignore": list(self._policy.ruff_ignore)},
            "target-version": "py312",
        }
        chosen = {"configuration": configuration, "configurationPreference": "editorOnly"}
        await self._send(
            {
                "id": 0,
                "method": "initialize",
                "params": {
                    "processId": None,
                    "rootUri": None,
                    "capabilities": {"textDocument": {"diagnostic": {}}},
                    "initializationOptions": {"settings": chosen, "globalSettings": chosen},
                },
            }
        )
        await self._reply(0)
        await self._send({"method": "initialized", "params": {}})
        return await self._diagnose(_CANARY)

    async def _diagnose(self, text: str) -> list[dict[str, Any]]:
        self._served += 1
        number = self._served
        document = {"uri": _URI, "languageId": "python", "version": 1, "text": _bare(text)}
        await self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        where = {"textDocument": {"uri": _URI}}
        await self._send({"id": number, "method": "textDocument/diagnostic", "params": where})
        reply = await self._reply(number)
        await self._send({"method": "textDocument/didClose", "params": where})
        items = reply["result"]["items"]
        if not isinstance(items, list):
            raise ValueError("no list of diagnostics")
        return items

    async def _send(self, message: dict[str, Any]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise EOFError("no process")
        body = json.dumps({"jsonrpc": "2.0", **message}).encode("utf-8")
        process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await process.stdin.drain()

    async def _reply(self, number: int) -> dict[str, Any]:
        """The answer to one request; notifications in between are dropped."""
        process = self._process
        if process is None or process.stdout is None:
            raise EOFError("no process")
        while True:
            header = await process.stdout.readuntil(b"\r\n\r\n")
            match = re.search(rb"content-length:\s*(\d+)", header, re.IGNORECASE)
            if match is None or int(match.group(1)) > _MAX_OUTPUT:
                raise ValueError("a message without a usable length")
            message = json.loads(await process.stdout.readexactly(int(match.group(1))))
            if message.get("id") == number and "method" not in message:
                if "result" not in message:
                    raise ValueError("the request failed")
                answer: dict[str, Any] = message
                return answer

    async def _kill(self) -> None:
        process, self._process = self._process, None
        self._served = 0
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()

    # -------------------------------------------------------------------- the answer

    def _finding(self, record: dict[str, Any]) -> Finding:
        code = record.get("code")
        start = record["range"]["start"]
        line, column = int(start["line"]) + 1, int(start["character"]) + 1
        message = visible(str(record["message"]).partition("\n")[0])
        if not isinstance(code, str) or not code.isalnum():
            # Ruff refuses what the interpreter's parser let through: the compiler will too.
            code, severity = "syntax", Severity.ERROR
        else:
            blocks = code.startswith(self._policy.ruff_block)
            severity = Severity.ERROR if blocks else Severity.WARNING
        return rule_for(code).finding(message, line=line, column=column, severity=severity)


def _bare(text: str) -> str:
    """``text`` with nothing in it that ruff takes for a suppression; places stay the same."""
    if text.isascii():
        # A search for several words that ignores case is slow: most sources hold none.
        lowered = text.lower()
        if not any(word in lowered for word in _UNREADABLE):
            return text
    return _SUPPRESSION.sub(lambda match: _UNREADABLE[match.group().lower()], text)


def _limit(pid: int) -> None:
    """Bound the memory of the process before it has read a byte of a design."""
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    except (ImportError, AttributeError, OSError, ValueError):
        # No prlimit on this system, or the process is gone: the clock still bounds it.
        return
