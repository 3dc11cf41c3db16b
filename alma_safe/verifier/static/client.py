"""The host's side of the worker: started once, killed at its deadline, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import alma_safe
from alma_safe.errors import ToolFailure
from alma_safe.policy import Policy
from alma_safe.text import visible
from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static import frames, settings

GAVE_UP = Rule(
    id="S012",
    stage="static",
    title="the checker gave up on this source",
    reason="A source that makes the parser or a rule crash or run out of time is not let through.",
    remedy="Simplify the design: shorter functions, fewer and smaller literals.",
)

RULES = (GAVE_UP,)

_START_S = 30.0
# -I: no environment, no user site, no current folder; -S: no site-packages either, so that
# no .pth file of the host runs. The two folders that are needed are given by name.
_BOOTSTRAP = (
    "import sys; sys.path[:0] = sys.argv[1:]; "
    "from alma_safe.verifier.static.worker import main; main()"
)
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "SYSTEMROOT")


class WorkerGaveUp(Exception):
    """The worker crashed, ran out of time or answered nonsense on one source."""


class Worker:
    """One worker process, started when first asked, for one event loop."""

    def __init__(self, policy: Policy) -> None:
        self._timeout_s = policy.source.timeout_s
        self._hello = {"settings": settings.to_json(policy), "timeout_s": self._timeout_s}
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Start the process if there is none. Raises ToolFailure when it does not come up."""
        if self._process is not None and self._process.returncode is None:
            return
        await self._kill()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *_command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={key: os.environ[key] for key in _KEPT_ENVIRONMENT if key in os.environ},
                start_new_session=True,
            )
            reply = await asyncio.wait_for(self._exchange(self._hello), _START_S)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            await self._kill()
            raise ToolFailure(
                f"the static checker did not start: {visible(str(error)) or type(error).__name__}",
                hint="check that RestrictedPython is installed: alma-safe doctor",
            ) from None
        if not reply.get("ready"):
            await self._kill()
            raise ToolFailure("the static checker did not start", hint="alma-safe doctor")

    async def ask(self, op: str, source: str) -> dict[str, Any]:
        """Have one source checked. Raises WorkerGaveUp when that source broke the worker."""
        async with self._turn:
            await self.start()
            try:
                request = {"op": op, "source": source}
                reply = await asyncio.wait_for(self._exchange(request), self._timeout_s)
            except TimeoutError:
                await self._kill()
                raise WorkerGaveUp(f"no answer within {self._timeout_s:g} s") from None
            except (OSError, EOFError, ValueError):
                await self._kill()
                raise WorkerGaveUp("the checker process died") from None
            except BaseException:
                # Half an exchange is left in the pipes: this process is of no use any more.
                await self._kill()
                raise
        if "gave_up" in reply:
            raise WorkerGaveUp(f"internal error {visible(str(reply['gave_up']))}")
        return reply

    async def close(self) -> None:
        """End the process. May be called again."""
        await self._kill()

    async def _exchange(self, message: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError("no process")
        process.stdin.write(frames.encode(message))
        await process.stdin.drain()
        header = await process.stdout.readexactly(frames.HEADER)
        return frames.decode(await process.stdout.readexactly(frames.length(header)))

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()


def _command() -> list[str]:
    package = Path(alma_safe.__file__).resolve().parent.parent
    found = importlib.util.find_spec("RestrictedPython")
    if found is None or found.origin is None:
        raise ToolFailure(
            "RestrictedPython is not installed", hint="install alma-safe with its dependencies"
        )
    library = Path(found.origin).resolve().parent.parent
    return [sys.executable, "-I", "-S", "-c", _BOOTSTRAP, str(package), str(library)]
