"""Opening guests in containers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alma_safe.errors import AlmaSafeError, BackendUnavailable, UsageError
from alma_safe.policy import Policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import Capabilities, GuestOptions, Layer
from alma_safe.sandbox.docker import spec
from alma_safe.sandbox.docker.client import answering, chosen_runtime, connect
from alma_safe.sandbox.docker.group import ParentGroup
from alma_safe.sandbox.docker.guest import ContainerGuest
from alma_safe.sandbox.docker.image import find_image
from alma_safe.sandbox.starting import StartingBackend

if TYPE_CHECKING:
    from docker import APIClient

_TOLD = (
    "ID",
    "ServerVersion",
    "OperatingSystem",
    "KernelVersion",
    "Architecture",
    "CgroupDriver",
    "CgroupVersion",
    "SecurityOptions",
)
"""What an engine says of itself that tells one from another."""


class DockerBackend(StartingBackend):
    """One fresh container per session.

    ``runtime`` is one that the engine knows, runc unless the environment names another
    (``ALMA_SAFE_DOCKER_RUNTIME=runsc``). ``without`` leaves layers out for witnesses.
    """

    name = "docker"

    def __init__(
        self, *, runtime: str | None = None, without: frozenset[Layer] = frozenset()
    ) -> None:
        super().__init__()
        impossible = without - spec.removable()
        if impossible:
            raise UsageError(f"docker cannot do without {', '.join(sorted(impossible))}")
        self.without = without
        self.runtime = runtime or chosen_runtime()
        self._client: APIClient | None = None
        self._lock = threading.Lock()
        self._paths = False

    def identity(self) -> Mapping[str, Any]:
        """See :meth:`alma_safe.sandbox.base.Backend.identity`: the engine is asked.

        Runtimes of one engine are walls of their own, and one name may stand for another
        program, or the same one with other arguments, on another engine.
        """
        with answering("asking about itself"):
            info: Mapping[str, Any] = self.client().info()
        told = {key: info.get(key) for key in _TOLD}
        program = (info.get("Runtimes") or {}).get(self.runtime)
        return {"backend": self.name, "runtime": self.runtime, "program": program, **told}

    async def probe(self) -> Capabilities:
        """See :meth:`alma_safe.sandbox.base.Backend.probe`."""
        from alma_safe.sandbox.docker.probe import examine

        return await examine(self)

    async def aclose(self) -> None:
        """End every session that is still open, and give up the connections to the engine."""
        await super().aclose()
        await asyncio.to_thread(self._disconnect)

    def _disconnect(self) -> None:
        # Under the lock: a connection that is just being made is closed, too.
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def client(self) -> APIClient:
        """Return the connection to the engine, made on first use. Raises BackendUnavailable."""
        # Guests are started by threads: one makes it for all, and it is there when it is whole.
        with self._lock:
            if self._client is None:
                client = connect()
                try:
                    sweep(client)
                    with answering("asking about itself"):
                        # systemd's driver takes slices for groups, and makes them itself.
                        self._paths = client.info().get("CgroupDriver") == "cgroupfs"
                except BaseException:
                    client.close()
                    raise
                self._client = client
            return self._client

    def _start(self, policy: Policy, options: GuestOptions, chroma: str) -> ContainerGuest:
        client = self.client()
        image = find_image(client, chroma == "real")
        group = ParentGroup.create(policy) if self._paths else None
        arguments = spec.container(
            policy,
            image=image,
            python_path=rootfs.python_path(chroma == "real"),
            hash_seed=options.hash_seed,
            runtime=self.runtime,
            owner=owner(os.getpid()),
            cgroup_parent=group.path if group else None,
            without=self.without,
        )
        container, wire = "", None
        try:
            with answering("making a container"):
                container = client.create_container_from_config(arguments)["Id"]
                wire = _attached(client, container)
                client.start(container)
                pid = int(client.inspect_container(container)["State"]["Pid"]) or None
        except BaseException:
            if wire is not None:
                wire.close()
            _discard(client, container)
            if group is not None:
                group.remove()
            raise
        return ContainerGuest(
            client,
            container,
            wire=wire,
            pid=pid if pid and Path(f"/proc/{pid}").exists() else None,
            group=group,
            cpu_limit_s=policy.sandbox.cpu_s,
            chroma=chroma,
            degraded=_degraded(self.without, group),
        )


def _degraded(without: frozenset[Layer], group: ParentGroup | None) -> tuple[str, ...]:
    missing = [f"without {layer}" for layer in sorted(without)]
    # The engine enforces its limits all the same; only nobody can read them afterwards.
    return (*missing, *(() if group else ("usage counters",)))


def _attached(client: APIClient, container: str) -> socket.socket:
    """The engine's end of the container's standard streams, as a socket of ours."""
    parameters = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
    stream: Any = client.attach_socket(container, params=parameters)
    attached: Any = getattr(stream, "_sock", stream)
    if not isinstance(attached, socket.socket):
        raise BackendUnavailable("this engine is reached in a way that cannot carry a session")
    # The client's own objects may go; the connection stays.
    kept = socket.socket(fileno=attached.detach())
    kept.setblocking(False)
    return kept


def _discard(client: APIClient, container: str) -> None:
    if container:
        with contextlib.suppress(AlmaSafeError), answering("removing a container"):
            client.remove_container(container, force=True, v=True)


def owner(pid: int) -> str:
    """Identify a process of this host beyond the reuse of its number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return f"{pid}-gone"
    return f"{pid}-{stat.rpartition(')')[2].split()[19]}"


def sweep(client: APIClient) -> None:
    """Remove containers whose host process is gone."""
    with answering("listing containers"):
        found = client.containers(all=True, filters={"label": spec.OWNER})
    for container in found:
        label = container["Labels"].get(spec.OWNER, "")
        pid = label.partition("-")[0]
        if not pid.isdigit() or owner(int(pid)) != label:
            _discard(client, container["Id"])
