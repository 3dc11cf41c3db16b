"""The host's side of the workers: a crash or a hang of a game is nobody's score.

What a worker cannot answer raises ``WorkerLost``; whoever plays the episode plays it
again from its start. A worker that hangs is killed and takes its other episodes with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alma_safe.cache import cache_dir
from alma_safe.domains.base import Manner, Task, View
from alma_safe.domains.lost import DomainBroke, WorkerLost
from alma_safe.domains.pack import Pack
from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.sandbox.patience import memory_of
from alma_safe.text import visible

_START_S = 120.0
_STEP_S = 60.0
_PREPARE_S = 600.0
_MAX_LINE = 64 * 2**20
_TAIL = 4_000
_MOST_BYTES = 1 << 30
"""Of one worker, after which it gets no further episode: engines leak what they load."""
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR")
"""What a worker sees of the host's environment, beyond what its domain names: no key."""


def _absolute(value: str) -> str:
    """A variable for a process in another folder: a path that holds here has to hold there."""
    relative = os.sep in value and not os.path.isabs(value) and os.path.exists(value)
    return os.path.abspath(value) if relative else value


class _Worker:
    """One process, started when first asked. It serves requests in their order."""

    def __init__(self, pack: Pack, cache: Path) -> None:
        self._pack = pack
        self._cache = cache
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count()
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self.episodes = 0

    def memory_bytes(self) -> int:
        """Resident bytes of the process; 0 where there is none, or no /proc."""
        return memory_of(self._process.pid) if self._process is not None else 0

    async def ask(self, op: str, *, within_s: float = _STEP_S, **values: Any) -> Any:
        """Have one request served. Raises WorkerLost; UsageError where no worker can start."""
        process = await self._started()
        assert process.stdin is not None
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        # Each request ahead of this one may take as long.
        patience = within_s * len(self._waiting)
        try:
            process.stdin.write((json.dumps({"id": number, "op": op, **values}) + "\n").encode())
            async with asyncio.timeout(patience):
                return await answer
        except TimeoutError:
            await self.end()
            raise WorkerLost(
                f"the worker of {self._pack.name} did not answer within {patience:g} s: {op}"
            ) from None
        finally:
            self._waiting.pop(number, None)

    async def end(self) -> None:
        """End the process. May be called again."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _started(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is not None and self._process.returncode is None:
                return self._process
            await self.end()
            kept = (*_ENVIRONMENT, *self._pack.environment)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "alma_safe.domains.worker"),
                *(str(self._pack.folder), str(self._cache)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                # Games look for files where they are run: textworld for its whole grammar.
                cwd=self._cache,
                env={
                    **{name: _absolute(os.environ[name]) for name in kept if name in os.environ},
                    # What a package generates may depend on the order of its sets.
                    "PYTHONHASHSEED": "0",
                },
                start_new_session=True,
                limit=_MAX_LINE,
            )
            assert process.stdout is not None
            assert process.stderr is not None
            self._process = process
            last_words = asyncio.create_task(_tail(process.stderr))
            hello = b""
            with contextlib.suppress(TimeoutError, ValueError):
                async with asyncio.timeout(_START_S):
                    hello = await process.stdout.readline()
            if b'"ready"' not in hello:
                # It may have ended by itself: with what is worth more than that we end it.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0 if hello else 1):
                        await process.wait()
                code = process.returncode
                await self.end()
                raise self._unusable(hello, code, await last_words)
            self._reading = asyncio.create_task(self._read(process, last_words))
            return process

    async def _read(
        self, process: asyncio.subprocess.Process, last_words: asyncio.Task[str]
    ) -> None:
        """Hand answers to who waits for them, until the process is gone."""
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                message = json.loads(line)
                waiting = self._waiting.get(message["id"])
                if waiting is None or waiting.done():
                    continue
                if "fault" in message:
                    waiting.set_exception(self._broken(message["fault"]))
                else:
                    waiting.set_result(message["value"])
        except (ValueError, KeyError, TypeError):
            pass  # no answer of ours: the process is of no use any more
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            code = await process.wait()
            said = (await last_words).strip().rpartition("\n")[2]
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(
                        WorkerLost(
                            f"the worker of {self._pack.name} died ({code})"
                            + (f": {visible(said, 300)}" if said else "")
                        )
                    )

    def _broken(self, fault: Mapping[str, str]) -> Exception:
        where = f"{visible(fault['where'])}: " if fault["where"] else ""
        text = visible(f"{fault['kind']}: {fault['text']}", 500)
        # A domain says with a plain RuntimeError what it is missing; other errors say where.
        plain = fault["kind"] == "RuntimeError"
        return DomainBroke(
            f"{where}the domain {self._pack.name} broke: {text}",
            visible(fault["text"], 500) if plain else f"{where}{text}",
        )

    def _unusable(self, hello: bytes, code: int | None, stderr: str) -> Exception:
        try:
            fault = json.loads(hello)["fault"]
            where = fault["where"] or str(self._pack.folder / "pack.py")
            text = f"{fault['kind']}: {fault['text']}"
        except (ValueError, KeyError, TypeError):
            end = "it did not answer" if code is None else f"it ended with the code {code}"
            return InfrastructureError(
                f"the worker of {self._pack.name} did not start: {end}"
                + (f": {visible(stderr[-300:])}" if stderr.strip() else ""),
                hint=f"see what {visible(str(self._pack.folder / 'pack.py'))} does when imported",
            )
        return UsageError(f"{visible(where)}: the domain cannot be loaded: {visible(text, 500)}")


async def _tail(stream: asyncio.StreamReader) -> str:
    """Read to the end and return the last of it: a full pipe would stop the worker."""
    kept = b""
    while part := await stream.read(65536):
        kept = (kept + part)[-_TAIL:]
    return kept.decode("utf-8", "replace")


class Game:
    """One episode that is being played in a worker. ``view``: what was shown last."""

    def __init__(self, worker: _Worker, number: int, view: View) -> None:
        self._worker = worker
        self._number = number
        self.view = view

    async def step(self, action: str) -> View:
        """Act and return what is shown then. Raises WorkerLost."""
        values = await self._worker.ask("step", episode=self._number, action=action)
        self.view = View.from_json(values)
        return self.view


class Crew:
    """``jobs`` workers for one domain. Use it as a context: it ends them."""

    def __init__(self, pack: Pack, *, jobs: int) -> None:
        pack.require()
        self.pack = pack
        self.jobs = jobs
        cache = cache_dir("domains") / pack.name
        cache.mkdir(exist_ok=True)
        self._cache = cache
        self._workers = [_Worker(pack, cache) for _ in range(jobs)]
        self._retired: set[_Worker] = set()
        self._numbers = itertools.count()

    async def __aenter__(self) -> Crew:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(worker.end() for worker in (*self._workers, *self._retired)))

    async def tasks(self, split: str, task_set: str) -> tuple[Task, ...]:
        """Return the tasks of a split. Raises UsageError where it has none, or cannot say which."""
        none = f"the domain {self.pack.name} has no tasks in the split {split} of {task_set}"
        hint = f"task sets: {', '.join(self.pack.task_sets)}; some need data, or a package more"
        try:
            found = await self._workers[0].ask("tasks", split=split, task_set=task_set)
        except DomainBroke as broke:
            raise UsageError(f"{none}: {broke.text}", hint=hint) from None
        if not found:
            raise UsageError(none, hint=hint)
        return tuple(Task(**values) for values in found)

    async def prepare(self, tasks: Sequence[Task], advance: Callable[[], None]) -> None:
        """Have everything made that the tasks need; ``advance`` is told after each."""
        waiting = iter(tasks)

        async def serve(worker: _Worker) -> None:
            for task in waiting:
                await worker.ask("prepare", task=task.id, within_s=_PREPARE_S)
                advance()

        serving = [asyncio.ensure_future(serve(worker)) for worker in self._workers]
        try:
            await asyncio.gather(*serving)
        finally:
            for each in serving:
                each.cancel()

    @contextlib.asynccontextmanager
    async def episode(self, task: Task, manner: Manner) -> AsyncIterator[Game]:
        """Begin an episode in the worker that has the fewest."""
        worker = self._free()
        worker.episodes += 1
        number = next(self._numbers)
        try:
            values = await worker.ask(
                "open", episode=number, task=task.id, manner=asdict(manner), within_s=_PREPARE_S
            )
            yield Game(worker, number, View.from_json(values))
        finally:
            worker.episodes -= 1
            with contextlib.suppress(WorkerLost):
                await worker.ask("close", episode=number)
            if worker in self._retired and not worker.episodes:
                self._retired.discard(worker)
                await worker.end()

    def _free(self) -> _Worker:
        """The worker with the fewest episodes; one that has grown too large is replaced by another.

        The old one plays what it has begun and is ended then.
        """
        worker = min(self._workers, key=lambda each: each.episodes)
        if worker.memory_bytes() > _MOST_BYTES:
            self._retired.add(worker)
            place = self._workers.index(worker)
            worker = self._workers[place] = _Worker(self.pack, self._cache)
        return worker
