"""The host's side of a worker: started once, killed at its deadline, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import alma_safe
from alma_safe.errors import ToolFailure
from alma_safe.text import visible
from alma_safe.verifier.bounded import frames

_START_S = 30.0
# -I: no environment, no user site, no current folder; -S: no site-packages either, so that
# no .pth file of the host runs. The folders that are needed are given by name.
_BOOTSTRAP = (
    "import gc; gc.disable(); import sys; sys.path[:0] = sys.argv[2:]; import importlib; "
    "worker = importlib.import_module(sys.argv[1]); worker.main()"
)
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "SYSTEMROOT")


class WorkerGaveUp(Exception):
    """The worker crashed, ran out of time or answered nonsense on one request."""


class BoundedProcess:
    """One worker process, started when first asked, for one event loop.

    ``module`` has a ``main``, which answers a hello and then one request after another
    (:mod:`alma_safe.verifier.bounded.serving`); ``packages`` are installed ones that it
    imports; ``title`` names it in errors.
    """

    def __init__(
        self,
        module: str,
        *,
        title: str,
        timeout_s: float,
        packages: Sequence[str] = (),
        hello: Mapping[str, Any] | None = None,
    ) -> None:
        self._module = module
        self._title = title
        self._timeout_s = timeout_s
        self._packages = tuple(packages)
        self._hello = {**(hello or {}), "timeout_s": timeout_s}
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Start the process if there is none. Raises ToolFailure when it does not come up."""
        if self._process is not None and self._process.returncode is None:
            return
        await self._kill()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
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
                f"{self._title} did not start: {visible(str(error)) or type(error).__name__}",
                hint="check that alma-safe is installed with its dependencies: alma-safe doctor",
            ) from None
        if not reply.get("ready"):
            await self._kill()
            raise ToolFailure(f"{self._title} did not start", hint="alma-safe doctor")

    async def ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Have one request served. Raises WorkerGaveUp when that request broke the worker."""
        async with self._turn:
            await self.start()
            try:
                reply = await asyncio.wait_for(self._exchange(message), self._timeout_s)
            except TimeoutError:
                await self._kill()
                raise WorkerGaveUp(f"no answer within {self._timeout_s:g} s") from None
            except (OSError, EOFError, ValueError):
                await self._kill()
                raise WorkerGaveUp("the process died") from None
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

    async def _exchange(self, message: Mapping[str, Any]) -> dict[str, Any]:
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

    def _command(self) -> list[str]:
        folders = [str(Path(alma_safe.__file__).resolve().parent.parent)]
        for package in self._packages:
            found = importlib.util.find_spec(package)
            if found is None or found.origin is None:
                raise ToolFailure(
                    f"{package} is not installed", hint="install alma-safe with its dependencies"
                )
            folders.append(str(Path(found.origin).resolve().parent.parent))
        return [sys.executable, "-I", "-S", "-c", _BOOTSTRAP, self._module, *folders]
