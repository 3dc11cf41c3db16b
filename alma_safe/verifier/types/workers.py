"""The host's side of mypy's processes: how they are started, and the resident one."""

from __future__ import annotations

import array
import asyncio
import contextlib
import importlib.util
import os
import site
import socket
import subprocess
import sys
from pathlib import Path

from alma_safe.policy import Policy, TypesPolicy

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
PACKAGE_PARENT = Path(__file__).resolve().parents[3]
MAX_OUTPUT = 16 * 1024 * 1024

# -I and -S: nothing of the environment, and no .pth file of the host. Where mypy and what it
# needs lie is given by name.
_BOOT = (
    "import sys; sys.path += sys.argv.pop(1).split({separator!r}); "
    "from alma_safe.verifier.types.{module} import main; main()"
)
_START_S = 60.0
_QUICK_S = 3
"""CPU seconds after which a design is none for the quick way."""
_WALL_PER_CPU = 4


def command(module: str) -> list[str]:
    """Return the command that starts a module of this package as a program of its own."""
    boot = _BOOT.format(module=module, separator=os.pathsep)
    folders = [str(PACKAGE_PARENT), *_installed()]
    return [sys.executable, "-I", "-S", "-c", boot, os.pathsep.join(dict.fromkeys(folders))]


def _installed() -> list[str]:
    """The folders of mypy and of other packages, its needs among them; none without mypy."""
    mypy = importlib.util.find_spec("mypy")
    if mypy is None or mypy.origin is None:
        return []
    return [str(Path(mypy.origin).parents[1]), *site.getsitepackages()]


def library(policy: Policy) -> list[str]:
    """Every module that a design may import, and ALMA's own."""
    return sorted({"agents.memo_structure", "utils.hire_agent", *policy.import_table})


class Resident:
    """The process that forks checkers; started when first asked, for one event loop.

    A design that it does not answer as it should is for another way: nothing here is
    held against anybody.
    """

    def __init__(self, policy: TypesPolicy, modules: list[str]) -> None:
        self._policy = policy
        self._modules = modules
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._starting = asyncio.Lock()

    async def check(self, source: bytes, cache: Path) -> bytes | None:
        """Return what a forked checker says of ``source``; None where it says nothing."""
        if not hasattr(os, "memfd_create"):
            # Linux alone has files without a place, in which a design is handed over.
            return None
        try:
            async with self._starting:
                await self._start(cache)
            said, say = os.pipe()
            try:
                self._ask(source, say)
            except BaseException:
                os.close(said)
                raise
            finally:
                os.close(say)
            async with asyncio.timeout(_QUICK_S * _WALL_PER_CPU):
                return await _read(said)
        except (OSError, EOFError, TimeoutError):
            # Whatever is wrong with it, the next design gets a new one.
            await self.aclose()
            return None

    async def aclose(self) -> None:
        """End the process."""
        control, self._control = self._control, None
        process, self._process = self._process, None
        if control is not None:
            control.close()
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)

    async def _start(self, cache: Path) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        await self.aclose()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        quick_s = min(_QUICK_S, int(self._policy.timeout_s) or 1)
        limits = [str(self._policy.memory_mb), str(quick_s)]
        self._control = ours
        with theirs:
            self._process = await asyncio.to_thread(
                subprocess.Popen,
                [*command("resident"), str(theirs.fileno()), str(cache), *limits],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(ours, " ".join(self._modules).encode())
        async with asyncio.timeout(_START_S):
            if await loop.sock_recv(ours, 64) != b"ready":
                raise EOFError

    def _ask(self, source: bytes, say: int) -> None:
        if self._control is None:
            raise EOFError
        descriptor = os.memfd_create("design", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, source)
            os.lseek(descriptor, 0, os.SEEK_SET)
            packed = array.array("i", [descriptor, say])
            self._control.sendmsg([b"check"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)])
        finally:
            os.close(descriptor)


async def _read(descriptor: int) -> bytes:
    """Read a pipe to its end, at most ``MAX_OUTPUT`` bytes and one chunk more."""
    output = bytearray()
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    os.set_blocking(descriptor, False)
    loop.add_reader(descriptor, ready.set)
    try:
        while len(output) <= MAX_OUTPUT:
            await ready.wait()
            ready.clear()
            with contextlib.suppress(BlockingIOError):
                chunk = os.read(descriptor, 1 << 16)
                if not chunk:
                    break
                output += chunk
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return bytes(output)
