"""The backend for many short sessions: guests forked from parents that are kept warm.

The wall is nsjail's; what differs is how a guest comes to be behind it. See
docs/concepts.md for what forking weakens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alma_safe.design import Design
from alma_safe.errors import SessionError
from alma_safe.policy import Policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import BrokerHandler, Capabilities, GuestOptions, Layer, Session
from alma_safe.sandbox.cgroups import Group, find_hierarchy
from alma_safe.sandbox.material import Material
from alma_safe.sandbox.nsjail.backend import NsjailBackend, degraded, guest_group
from alma_safe.sandbox.nsjail.binary import find_nsjail
from alma_safe.sandbox.process import readable
from alma_safe.sandbox.session import GuestSession, opened
from alma_safe.sandbox.starting import all_ended, chroma_choice
from alma_safe.sandbox.zygote import config
from alma_safe.sandbox.zygote.ahead import Ahead
from alma_safe.sandbox.zygote.guest import ForkedGuest
from alma_safe.sandbox.zygote.parent import Forked, Parent, ParentUnavailable, host_pid

_FORKS_PER_PARENT = 500
"""A parent is replaced after so many guests: nothing that accumulates can grow for ever."""
_READY_S = 20.0

type _Key = tuple[str, str, int, str]


@dataclass(slots=True)
class _Nursery:
    """The parents for one key: the present one, and retired ones whose guests still live."""

    lock: asyncio.Lock
    present: Parent | None = None


class ZygoteBackend:
    """Forks guests; parents are started when first needed and ended by ``aclose``."""

    name = "nsjail"
    without: frozenset[Layer] = frozenset()

    def __init__(self) -> None:
        # Where no parent can be started each guest gets a jail of its own, and says so.
        self._cold = NsjailBackend(lacking=("forked guests",))
        self._forks = True
        self._nurseries: dict[_Key, _Nursery] = {}
        self._retired: list[Parent] = []
        self._sessions: weakref.WeakSet[GuestSession] = weakref.WeakSet()
        self._nsjail: Path | None = None
        self._images: dict[str, int] = {}
        self._ahead = Ahead()

    def identity(self) -> Mapping[str, Any]:
        """See :meth:`alma_safe.sandbox.base.Backend.identity`."""
        return {"backend": self.name}

    async def probe(self) -> Capabilities:
        """See :meth:`alma_safe.sandbox.base.Backend.probe`."""
        return await self._cold.probe()

    async def open(
        self,
        design: Design,
        policy: Policy,
        *,
        broker: BrokerHandler,
        options: GuestOptions | None = None,
    ) -> Session:
        """See :meth:`alma_safe.sandbox.base.Backend.open`."""
        return await opened(self._open(design, policy, broker, options or GuestOptions()))

    async def aclose(self) -> None:
        """End every session and all parents; what one of them raises spares no other."""
        async with contextlib.AsyncExitStack() as last_first:
            last_first.callback(self._close_images)
            last_first.push_async_callback(self._end_parents)
            last_first.push_async_callback(self._cold.aclose)
            last_first.push_async_callback(self._end_sessions)
            last_first.push_async_callback(self._ahead.aclose)

    async def _end_sessions(self) -> None:
        await all_ended(session.close() for session in list(self._sessions))

    async def _end_parents(self) -> None:
        parents = [*self._retired, *(n.present for n in self._nurseries.values() if n.present)]
        self._retired.clear()
        self._nurseries.clear()
        await all_ended(parent.close() for parent in parents)

    def _close_images(self) -> None:
        while self._images:
            os.close(self._images.popitem()[1])

    async def _open(
        self, design: Design, policy: Policy, broker: BrokerHandler, options: GuestOptions
    ) -> Session:
        if self._forks:
            try:
                return await self._open_forked(design, policy, broker, options)
            except ParentUnavailable:
                self._forks = False
        return await self._cold.open(design, policy, broker=broker, options=options)

    async def _open_forked(
        self, design: Design, policy: Policy, broker: BrokerHandler, options: GuestOptions
    ) -> Session:
        chroma = chroma_choice(design, policy)
        profile = _profile_for(design, chroma)

        async def make() -> GuestSession:
            return await GuestSession.ready(
                await self._forked(policy, profile, options, chroma), policy
            )

        kind = (*_key(policy, profile, options), chroma)
        session = await self._ahead.take(kind, make)
        self._sessions.add(session)
        return session.take(design, broker, options)

    async def _forked(
        self, policy: Policy, profile: config.Profile, options: GuestOptions, chroma: str
    ) -> ForkedGuest:
        parent = await self._parent(policy, profile, options)
        group = guest_group(policy)
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        out_read, out_write = os.pipe()
        try:
            forked = await parent.fork(theirs, out_write)
            pid, pidfd = await _identified(forked, ours, group)
        except BaseException:
            ours.close()
            os.close(out_read)
            if group is not None:
                await asyncio.to_thread(group.remove)
            raise
        finally:
            theirs.close()
            os.close(out_write)
        return ForkedGuest(
            pid=pid,
            pidfd=pidfd,
            wire=ours,
            output=os.fdopen(out_read, "rb", buffering=0),
            ended=forked.ended,
            group=group,
            cpu_limit_s=policy.sandbox.cpu_s,
            chroma=chroma,
            degraded=degraded(group is not None),
        )

    async def _parent(
        self, policy: Policy, profile: config.Profile, options: GuestOptions
    ) -> Parent:
        """Return a parent that can fork, starting or replacing it where needed."""
        key = _key(policy, profile, options)
        nursery = self._nurseries.setdefault(key, _Nursery(asyncio.Lock()))
        async with nursery.lock:
            present = nursery.present
            if present is None or not present.alive or present.forks >= _FORKS_PER_PARENT:
                nursery.present = None
                if present is not None:
                    self._retired.append(present)
                present = nursery.present = await self._start(policy, profile, options)
        await self._bury()
        return present

    async def _bury(self) -> None:
        """End retired parents that have no guest left."""
        done = [parent for parent in self._retired if not parent.busy]
        self._retired = [parent for parent in self._retired if parent.busy]
        for parent in done:
            await parent.close()

    async def _start(
        self, policy: Policy, profile: config.Profile, options: GuestOptions
    ) -> Parent:
        if self._nsjail is None:
            self._nsjail = find_nsjail()
        root = await asyncio.to_thread(rootfs.stage, profile.chroma)
        path = await asyncio.to_thread(config.config_file, policy, root)
        group = await asyncio.to_thread(_parent_group)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        log_read, log_write = os.pipe()
        command = config.command_line(
            self._nsjail,
            path,
            log_fd=log_write,
            control_fd=theirs.fileno(),
            hash_seed=options.hash_seed,
            python_path=root.python_path(),
        )
        return await Parent.start(
            command,
            log=(os.fdopen(log_read, "rb", buffering=0), log_write),
            control=(ours, theirs),
            setup=config.setup_of(policy, profile),
            material=self._image(options.material),
            group=group,
        )

    def _image(self, material: Material) -> int:
        """The descriptor of a material's image: written once, mapped by all parents."""
        if material.digest not in self._images:
            self._images[material.digest] = material.sealed()
        return self._images[material.digest]


async def _identified(forked: Forked, wire: socket.socket, group: Group | None) -> tuple[int, int]:
    """Wait for the guest's first frame; return its number here and a handle, in its group.

    Nothing of a design is in it yet: it reads one only after the group holds it.
    """
    wire.setblocking(False)
    try:
        async with asyncio.timeout(_READY_S):
            await readable(wire)
    except TimeoutError:
        raise SessionError(
            f"a forked guest gave no sign of life within {_READY_S:g} s",
            hint="run: alma-safe doctor",
        ) from None
    pid = host_pid(forked.jailed_pid, wire)
    if pid is None:
        raise SessionError("a forked guest ended before it was ready", hint="run: alma-safe doctor")
    pidfd = os.pidfd_open(pid)
    try:
        if group is not None:
            await asyncio.to_thread(group.take, pid)
    except OSError as error:
        os.close(pidfd)
        raise SessionError(f"a forked guest cannot be put into its group: {error}") from None
    return pid, pidfd


def _key(policy: Policy, profile: config.Profile, options: GuestOptions) -> _Key:
    """What guests of one parent have in common."""
    return policy.digest, profile.name, options.hash_seed, options.material.digest


def _parent_group() -> Group | None:
    hierarchy = find_hierarchy()
    if hierarchy is None:
        return None
    with contextlib.suppress(OSError):
        return Group.create(
            hierarchy,
            memory_bytes=config.PARENT_MEMORY_MB << 20,
            processes=config.PARENT_PROCESSES,
        )
    return None


def _profile_for(design: Design, chroma: str) -> config.Profile:
    """Choose what to have imported already. Only a text search: nothing is parsed here."""
    if chroma == "real":
        return config.CHROMA
    if any(name in design.data for name in (b"numpy", b"networkx", b"scipy")):
        return config.SCIENCE
    return config.PLAIN
