"""What this host can enforce with nsjail: found out by starting guests and looking at them.

The guests' words count for nothing here: what is read is the host's own view of the
guest's process (``/proc/<pid>``), the control groups, and how guests ended.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from alma_safe.design import Design
from alma_safe.errors import AlmaSafeError, BackendUnavailable
from alma_safe.policy import load_policy
from alma_safe.sandbox.base import Backend, Capabilities, Ending, Guard, Session, SessionEnded
from alma_safe.sandbox.cgroups import find_hierarchy
from alma_safe.sandbox.idle import IDLE, no_model
from alma_safe.sandbox.nsjail.binary import SETUP_HINT, find_nsjail
from alma_safe.sandbox.session import GuestSession

_ASKS_FOR_NAMESPACE = IDLE + b"import os\nos.unshare(os.CLONE_NEWUSER)\n"
_WRITES_TO_ROOT = IDLE + b"open('/canary', 'w').close()\n"
_NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")
_START_S = 15.0

_USERNS_HINT = (
    "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 "
    "kernel.apparmor_restrict_unprivileged_userns=0, or run as root; inside docker add "
    "--security-opt seccomp=unconfined"
)
_CGROUP_HINT = (
    "run as root, or under a delegated group: systemd-run --user --scope -p Delegate=yes alma-safe"
)


async def examine(backend: Backend) -> Capabilities:
    """Start guests and report what holds them."""
    guards = [_binary()]
    if guards[0].active:
        guards += await _jail(backend)
    guards += _cgroup_guards()
    return Capabilities(backend=backend.name, guards=tuple(guards))


def _binary() -> Guard:
    try:
        return Guard(name="nsjail binary", active=True, detail=str(find_nsjail(probe=True)))
    except BackendUnavailable as error:
        return Guard(name="nsjail binary", active=False, detail=error.message, remedy=SETUP_HINT)


async def _jail(backend: Backend) -> list[Guard]:
    try:
        posture = await _posture(backend)
    except AlmaSafeError as error:
        return [Guard(name="jail", active=False, detail=error.message, remedy=_USERNS_HINT)]
    guards = [
        Guard(name="jail", active=True, detail="a guest starts and answers"),
        _namespaces(posture),
        _unprivileged(posture),
        await _killed(backend),
        await _read_only(backend),
    ]
    return guards


async def _posture(backend: Backend) -> Mapping[str, Any]:
    """The host's view of a living guest."""
    session = cast(GuestSession, await _open(backend, IDLE))
    try:
        pid = session.guest_pid()
        if pid is None:
            raise BackendUnavailable("the guest's process cannot be found from outside")
        status = Path(f"/proc/{pid}/status").read_text()
        return {
            "status": dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line),
            "namespaces": {
                name: os.readlink(f"/proc/{pid}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}")
                for name in _NAMESPACES
            },
        }
    except OSError as error:
        raise BackendUnavailable(f"the guest cannot be looked at: {error}") from None
    finally:
        await session.close()


async def _open(backend: Backend, source: bytes) -> Session:
    return await backend.open(
        Design.from_bytes(source, path="<probe>"), load_policy(), broker=no_model
    )


def _namespaces(posture: Mapping[str, Any]) -> Guard:
    shared = [name for name, own in posture["namespaces"].items() if not own]
    return Guard(
        name="namespaces",
        active=not shared,
        detail="shares " + ", ".join(shared) if shared else "own " + ", ".join(_NAMESPACES),
        remedy=_USERNS_HINT,
    )


def _unprivileged(posture: Mapping[str, Any]) -> Guard:
    status = posture["status"]
    problems = [
        f"{key} is {status.get(key)}"
        for key, wanted in (
            ("CapEff", "0000000000000000"), ("CapBnd", "0000000000000000"),
            ("NoNewPrivs", "1"), ("Seccomp", "2"),
        )
        if status.get(key) != wanted
    ]  # fmt: skip
    if status.get("Uid", "0").split()[0] == "0":
        problems.append("runs as uid 0")
    return Guard(
        name="no privileges",
        active=not problems,
        detail="; ".join(problems)
        or f"uid {status['Uid'].split()[0]}, no capabilities, no_new_privs, seccomp filter",
        remedy="report this host: the jail did not drop what it should",
    )


async def _killed(backend: Backend) -> Guard:
    """A guest that asks for a namespace of its own has to die of the filter."""
    ending = await _ending(backend, _ASKS_FOR_NAMESPACE)
    return Guard(
        name="seccomp",
        active=ending is Ending.SECCOMP,
        detail=f"a forbidden system call ended the guest as {ending.value}",
        remedy="the kernel needs CONFIG_SECCOMP_FILTER",
    )


async def _read_only(backend: Backend) -> Guard:
    """What a guest writes to its root must not be there afterwards."""
    await _ending(backend, _WRITES_TO_ROOT)
    from alma_safe.sandbox import rootfs

    written = (rootfs.stage(False).path / "canary").exists()
    return Guard(
        name="read-only root",
        active=not written,
        detail="a guest wrote into its root" if written else "a guest cannot write to its root",
        remedy="report this host",
    )


async def _ending(backend: Backend, source: bytes) -> Ending:
    session = await _open(backend, source)
    try:
        await session.call("load", deadline_s=_START_S)
    except SessionEnded as error:
        return error.closing.ending
    except AlmaSafeError:
        pass
    closing = await session.close()
    return closing.ending


def _cgroup_guards() -> list[Guard]:
    """Control groups bound the whole guest; without them rlimits and a watchdog have to do."""
    hierarchy = find_hierarchy()
    have = hierarchy.controllers if hierarchy else ()
    version = f"cgroup v{hierarchy.version}" if hierarchy else "not writable here"
    instead = {"memory": "a watchdog of 50 ms", "pids": "RLIMIT_NPROC", "cpu": "RLIMIT_CPU"}
    return [
        Guard(
            name=f"cgroup {name}",
            active=name in have,
            detail=version if name in have else f"{version}; {instead[name]} takes over",
            remedy=_CGROUP_HINT,
            required=False,
        )
        for name in instead
    ]
