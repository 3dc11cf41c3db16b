"""The work of a run on a Ray cluster: a workshop for each worker, each with its own wall.

What crosses between our own processes is plain data; sources and the collection go by
value, to be kept under their digest on each worker. A worker that is lost takes its job
with it, which another one does again; a design is never blamed for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import signal
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.search.records import Measured, Purpose, RunSettings
from alma_safe.search.watch import Advance
from alma_safe.text import visible

_ATTEMPTS = 3


class Bench:
    """What runs on a worker: one workshop, opened when it is first needed."""

    def __init__(
        self, settings: Mapping[str, Any], sandbox: str, base_url: str | None = None
    ) -> None:
        self._settings = RunSettings.from_json(settings)
        self._sandbox = sandbox
        self._base_url = base_url
        self._workshop: Any = None
        self._opening = asyncio.Lock()
        self._collections: dict[str, list[dict[str, Any]]] = {}

    async def pid(self) -> int:
        """The worker's process."""
        import os

        return os.getpid()

    async def keep(self, digest: str, collection: list[dict[str, Any]]) -> None:
        """Have a collection at hand for later calls."""
        self._collections[digest] = collection

    async def judge(self, source: bytes, name: str) -> dict[str, Any]:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        found: dict[str, Any] = await (await self._open()).judge(source, name)
        return found

    async def collect(self) -> list[dict[str, Any]]:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        found: list[dict[str, Any]] = await (await self._open()).collect(_quiet)
        return found

    async def sizes(self, purpose: str) -> tuple[int, int]:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        found: tuple[int, int] = await (await self._open()).sizes(Purpose(purpose))
        return found

    async def probe(self, source: bytes, collection: str) -> dict[str, Any] | None:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        workshop = await self._open()
        found: dict[str, Any] | None = await workshop.probe(source, self._collections[collection])
        return found

    async def play(
        self,
        source: bytes | None,
        digest: str,
        purpose: str,
        collection: str,
        baseline: dict[str, float] | None,
    ) -> dict[str, Any]:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        measured: Measured = await (await self._open()).play(
            source,
            digest=digest,
            purpose=Purpose(purpose),
            collection=self._collections[collection],
            baseline=baseline,
            advance=_quiet,
        )
        return measured.to_json()

    async def close(self) -> None:
        """End games and guests."""
        if self._workshop is not None:
            await self._workshop.aclose()

    async def _open(self) -> Any:
        from alma_safe.search.workshop import Workshop

        async with self._opening:
            if self._workshop is None:
                self._workshop = Workshop(
                    self._settings, jobs=1, sandbox=self._sandbox, base_url=self._base_url
                )
            return self._workshop


class RayExecutor:
    """See :class:`alma_safe.search.executors.base.Executor`.

    ``workers``: so many, each taking one core; None for as many as the cluster has. Without
    an ``address`` a cluster of this machine is started, and ended again.
    """

    def __init__(
        self,
        settings: RunSettings,
        *,
        address: str | None = None,
        workers: int | None = None,
        sandbox: str = "auto",
        base_url: str | None = None,
    ) -> None:
        if importlib.util.find_spec("ray") is None:
            raise UsageError(
                "--executor ray needs the package ray", hint="pip install 'alma-safe[ray]'"
            )
        self._settings = settings
        self._sandbox = sandbox
        self._base_url = base_url
        self._ray = _connected(address, workers)
        self._count = workers or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        self._made = self._ray.remote(num_cpus=1, max_concurrency=8)(Bench)
        self._free: asyncio.Queue[Any] = asyncio.Queue()
        self._workers: list[Any] = []
        self._kept: dict[int, set[str]] = {}
        self.lost = 0

    async def judge(self, source: bytes, name: str) -> dict[str, Any]:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        found: dict[str, Any] = await self._done("judge", source, name)
        return found

    async def collect(self, advance: Advance) -> list[dict[str, Any]]:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        found: list[dict[str, Any]] = await self._done("collect")
        return found

    async def sizes(self, purpose: Purpose) -> tuple[int, int]:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        collected, deployed = await self._done("sizes", purpose.value)
        return collected, deployed

    async def probe(
        self, source: bytes, collection: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any] | None:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        found: dict[str, Any] | None = await self._done("probe", source, collection=collection)
        return found

    async def play(
        self,
        source: bytes | None,
        *,
        digest: str,
        purpose: Purpose,
        collection: Sequence[Mapping[str, Any]],
        baseline: Mapping[str, float] | None,
        advance: Advance,
    ) -> Measured:
        """See :class:`alma_safe.search.executors.base.Executor`."""
        known = dict(baseline) if baseline is not None else None
        values = await self._done(
            "play", source, digest, purpose.value, collection=collection, last=(known,)
        )
        measured = Measured.from_json(values)
        for _ in measured.played:
            advance()
        return measured

    async def aclose(self) -> None:
        """End the workers, and the cluster where it was started here."""
        for worker in self._workers:
            try:
                await asyncio.wait_for(worker.close.remote(), 20)
            except Exception:
                continue  # a worker that is gone needs no ending, and must not keep the others
        await asyncio.to_thread(self._ray.shutdown)

    async def _done(
        self,
        method: str,
        *arguments: Any,
        collection: Sequence[Mapping[str, Any]] | None = None,
        last: tuple[Any, ...] = (),
    ) -> Any:
        """Have a free worker do it; another one where that one is lost."""
        import ray.exceptions

        while len(self._workers) < self._count:
            self._add()
        for attempt in range(1, _ATTEMPTS + 1):
            worker = await self._free.get()
            try:
                passed = (await self._keep(worker, collection),) if collection is not None else ()
                found = await getattr(worker, method).remote(*arguments, *passed, *last)
            except ray.exceptions.RayActorError:
                self._replace(worker)
                if attempt == _ATTEMPTS:
                    raise InfrastructureError(
                        f"workers of the cluster were lost, {_ATTEMPTS} times for one design",
                        hint="look at the cluster's memory; the run goes on with --resume",
                    ) from None
            except ray.exceptions.RayTaskError as error:
                self._free.put_nowait(worker)
                raise (error.cause or error) from None
            else:
                self._free.put_nowait(worker)
                return found
        raise AssertionError

    async def _keep(self, worker: Any, collection: Sequence[Mapping[str, Any]]) -> str:
        """Give a worker the collection, once; return its digest."""
        body = list(collection)
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        known = self._kept.setdefault(id(worker), set())
        if digest not in known:
            await worker.keep.remote(digest, body)
            known.add(digest)
        return digest

    def _add(self) -> None:
        worker = self._made.remote(self._settings.to_json(), self._sandbox, self._base_url)
        self._workers.append(worker)
        self._free.put_nowait(worker)

    def _replace(self, worker: Any) -> None:
        self.lost += 1
        self._workers.remove(worker)
        self._kept.pop(id(worker), None)
        self._add()


def _connected(address: str | None, workers: int | None) -> Any:
    import logging

    import ray

    if address is not None:
        _reached(address)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address,
            num_cpus=None if address else workers,
            include_dashboard=False if address is None else None,
            logging_level=logging.ERROR,
            log_to_driver=False,
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InfrastructureError(
            f"no Ray cluster can be used: {error}", hint="start one, or leave --address out"
        ) from None
    if threading.current_thread() is threading.main_thread():
        # Ray would end the process at once: guests and the archive are to be closed first.
        signal.signal(signal.SIGTERM, handler)
    return ray


def _reached(address: str) -> None:
    """Find out what Ray itself would try for minutes.

    Raises UsageError for what is no address, InfrastructureError where nobody listens.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        if address in ("auto", "local") or "://" in address:
            return
        raise UsageError(
            f"--address {visible(address, 200)} is no address of a Ray cluster",
            hint="give HOST:PORT, ray://HOST:PORT or auto",
        )
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise InfrastructureError(
            f"no Ray cluster answers at {visible(address, 200)}: {error}",
            hint="start one, or leave --address out",
        ) from None


def _quiet() -> None:
    """Progress is told when a worker is done."""
