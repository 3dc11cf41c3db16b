"""Guests of one parent: what they share, what they cannot reach of each other or of it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alma_safe.errors import SessionError
from alma_safe.policy import Policy, load_policy
from alma_safe.sandbox.base import Ending, GuestOptions, SessionEnded
from alma_safe.sandbox.cgroups import find_hierarchy
from alma_safe.sandbox.material import Material
from alma_safe.sandbox.session import GuestSession
from alma_safe.sandbox.zygote import backend as backends
from alma_safe.sandbox.zygote.backend import ZygoteBackend
from tests.sandbox import jail
from tests.sandbox.jail import design, nothing_left, policy, ready, retrieve


@contextlib.asynccontextmanager
async def nursery() -> AsyncIterator[ZygoteBackend]:
    backend = ZygoteBackend()
    try:
        yield backend
    finally:
        await backend.aclose()


async def born(
    backend: ZygoteBackend, body: str, limits: Policy | None = None, **options: Any
) -> GuestSession:
    """A guest of the one parent, loaded and constructed."""
    session = await backend.open(
        design(retrieve=body),
        limits or load_policy(),
        broker=jail.no_model,
        options=GuestOptions(**options),
    )
    assert isinstance(session, GuestSession)
    await ready(session)
    return session


async def two(first: str, second: str) -> tuple[Any, Any]:
    """What two siblings answer, the second while the first still lives."""
    async with nursery() as backend:
        one, other = await born(backend, first), await born(backend, second)
        answers = (await retrieve(one))["result"], (await retrieve(other))["result"]
        await one.close()
        await other.close()
        return answers


def namespaces(session: GuestSession) -> dict[str, str]:
    pid = session.guest_pid()
    names = ("user", "pid", "mnt", "ipc", "net", "uts", "cgroup")
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in names}


def test_siblings_have_their_own_user_pid_mount_and_ipc_namespaces():
    async def main() -> tuple[dict[str, str], dict[str, str], int]:
        async with nursery() as backend:
            one, other = await born(backend, "return {}"), await born(backend, "return {}")
            pids = {one.guest_pid(), other.guest_pid()}
            return namespaces(one), namespaces(other), len(pids)

    one, other, different = asyncio.run(main())
    assert different == 2
    assert {name for name in one if one[name] != other[name]} == {"user", "pid", "mnt", "ipc"}


def test_files_of_one_are_not_there_for_the_next():
    write = "open('/tmp/note', 'w').write('secret')\nreturn {'seen': os.listdir('/tmp')}"
    look = "return {'seen': os.listdir('/tmp'), 'here': os.listdir('.'), 'up': os.listdir('/')}"
    first, second = asyncio.run(two(write, look))
    assert first["seen"] == ["note"]
    assert second["seen"] == second["here"] == []
    assert "note" not in second["up"]


def test_a_sibling_cannot_be_signalled_and_lives_on():
    kill = """
reached = []
for pid in (*range(1, 400), -1):
    try:
        os.kill(pid, 0 if pid == -1 else 9)
        reached.append(pid)
    except OSError:
        pass
return {"reached": reached}"""

    async def main() -> tuple[Any, Any]:
        async with nursery() as backend:
            victim = await born(backend, "return {'alive': True}")
            killer = await born(backend, kill)
            told = (await retrieve(killer))["result"]
            return told, (await retrieve(victim))["result"]

    told, alive = asyncio.run(main())
    # Its own threads alone, of PID 1 of its namespace, which no signal from inside ends.
    assert set(told["reached"]) <= {-1, *range(1, 6)}
    assert alive == {"alive": True}


def test_the_death_of_one_is_no_concern_of_the_other():
    bodies = {
        Ending.SECCOMP: "os.unshare(os.CLONE_NEWUSER)",
        Ending.EXIT: "os._exit(97)",
        Ending.SIGNAL: "import ctypes\nctypes.string_at(0)",
    }

    async def main() -> tuple[dict[Ending, Ending], Any]:
        endings = {}
        async with nursery() as backend:
            other = await born(backend, "return {'alive': True}")
            for expected, body in bodies.items():
                doomed = await born(backend, body)
                with pytest.raises(SessionEnded) as caught:
                    await retrieve(doomed)
                endings[expected] = caught.value.closing.ending
            return endings, (await retrieve(other))["result"]

    endings, alive = asyncio.run(main())
    assert endings == {ending: ending for ending in bodies}
    assert alive == {"alive": True}


@pytest.mark.skipif(find_hierarchy() is None, reason="no control groups here")
def test_a_hoarder_is_ended_alone():
    hoard = "kept = []\nwhile True: kept.append(bytearray(b'x' * (1 << 20)))"

    async def main() -> tuple[Ending, Any]:
        limits = policy(sandbox={"memory_mb": 96})
        async with nursery() as backend:
            other = await born(backend, "return {'alive': True}", limits)
            hoarder = await born(backend, hoard, limits)
            with pytest.raises(SessionEnded) as caught:
                await retrieve(hoarder)
            return caught.value.closing.ending, (await retrieve(other))["result"]

    assert asyncio.run(main()) == (Ending.OOM, {"alive": True})


def test_threads_of_one_leave_room_for_the_other():
    bomb = """
import threading
count = 0
try:
    for _ in range(500):
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
        count += 1
except RuntimeError:
    pass
return {"threads": count}"""

    async def main() -> tuple[Any, Any]:
        async with nursery() as backend:
            one, other = await born(backend, bomb), await born(backend, bomb)
            return (await retrieve(one))["result"], (await retrieve(other))["result"]

    one, other = asyncio.run(main())
    limit = load_policy().sandbox.processes
    assert 10 < one["threads"] <= limit
    assert abs(one["threads"] - other["threads"]) <= 2


# A pair of datagrams whose other end is gone takes from anybody, and the kernel names it
# once it passes credentials: no bind is needed, no socket is opened.
NAMED = """
import socket
def named():
    kept, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    other.close()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    for address in ((), (), (b"\\0nobody",)):
        try:
            kept.sendto(b"", *address) if address else kept.send(b"")
        except OSError:
            pass
    kept.setblocking(False)
    return kept
def told(name):
    sender, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, other:
        sender.sendto(b"almacanary", name)
"""


def test_a_pair_of_datagrams_reaches_others_by_name():
    """The attempt works where nothing stands in its way."""
    space: dict[str, Any] = {}
    exec(NAMED, space)
    with contextlib.closing(space["named"]()) as kept:
        space["told"](kept.getsockname())
        assert kept.recv(100) == b"almacanary"


@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_SEQPACKET"])
def test_siblings_reach_each_other_by_no_name(kind):
    """One network namespace is theirs together: a named socket in it would join them."""
    source = NAMED.replace("SOCK_DGRAM", kind)
    listen = f"{source}\ntry:\n    return {{'name': named().getsockname().hex()}}\n"
    listen += "except OSError as error:\n    return {'error': error.errno}"
    one, other = asyncio.run(two(listen, listen))
    assert one == other == {"error": errno.ENOSYS}


def test_the_parent_is_out_of_reach():
    probe = """
import ctypes, socket
libc = ctypes.CDLL(None, use_errno=True)
found = {"ppid": os.getppid(), "pid": os.getpid(), "sockets": []}
for number in range(3, 64):
    try:
        with socket.socket(fileno=os.dup(number)) as s:
            if s.type == socket.SOCK_SEQPACKET:
                found["sockets"].append(number)
    except OSError:
        pass
try:
    os.unlink("/tmp/../guest/almaguest/zygote.py")
    found["unlinked"] = True
except OSError:
    found["unlinked"] = False
return found"""

    async def main() -> Any:
        async with nursery() as backend:
            return (await retrieve(await born(backend, probe)))["result"]

    found = asyncio.run(main())
    assert found == {"ppid": 0, "pid": 1, "sockets": [], "unlinked": False}


def test_what_the_parent_holds_can_be_changed_by_nobody_for_others():
    """Copies of a forked guest are its own: the modules it spoils are whole for the next."""
    spoil = "import json\njson.loads = None\nimport random\nrandom.seed = None\nreturn {}"
    look = "import json, random\nreturn {'whole': bool(json.loads) and bool(random.seed)}"
    _, seen = asyncio.run(two(spoil, look))
    assert seen == {"whole": True}


def test_hash_seed_and_random_seed_are_those_of_the_options():
    body = "import random\nreturn {'hash': hash('text'), 'drawn': random.random()}"

    async def main() -> list[Any]:
        answers = []
        async with nursery() as backend:
            for hash_seed, random_seed in ((1, 5), (1, 5), (2, 5), (1, 6)):
                session = await born(backend, body, hash_seed=hash_seed, random_seed=random_seed)
                answers.append((await retrieve(session))["result"])
                await session.close()
        return answers

    one, again, other_hash, other_draw = asyncio.run(main())
    assert one == again
    assert other_hash["hash"] != one["hash"]
    assert other_hash["drawn"] == one["drawn"]
    assert other_draw["drawn"] != one["drawn"]


def test_material_is_named_by_position_and_copied_for_each_call():
    recorder = {"init": {"goal": "g"}, "steps": [{"obs": "o"}], "reward": 0.5}
    body = "recorder.init['goal'] += '!'\nreturn {'goal': recorder.init['goal']}"

    async def main(kind: str) -> tuple[Any, Any]:
        backend = jail.BACKENDS[kind]()
        options = GuestOptions(material=Material.of([recorder]))
        session = await backend.open(
            design(retrieve=body), load_policy(), broker=jail.no_model, options=options
        )
        try:
            await ready(session)
            asked = {"instance": 0, "recorder": 0, "start": True, "echo": True}
            calls = [["retrieve", asked], ["retrieve", asked]]
            return tuple(await session.call("replay", {"calls": calls}, deadline_s=5))
        finally:
            await session.close()
            await backend.aclose()

    for kind in jail.BACKENDS:
        for outcome in asyncio.run(main(kind)):
            changed = {"init": {"goal": "g!"}, "steps": [], "reward": 0.0}
            assert outcome == {"value": {"result": {"goal": "g!"}, "recorder": changed}}


def test_parents_are_replaced_and_their_guests_finish(monkeypatch):
    monkeypatch.setattr(backends, "_FORKS_PER_PARENT", 2)

    async def main() -> int:
        parents = set()
        async with nursery() as backend:
            sessions = [await born(backend, "return {}") for _ in range(5)]
            for session in sessions:
                status = Path(f"/proc/{session.guest_pid()}/status").read_text()
                parents.add(status.split("PPid:\t")[1].split()[0])
                assert (await retrieve(session))["result"] == {}
            for session in sessions:
                assert (await session.close()).ending is Ending.COMPLETED
        return len(parents)

    with nothing_left():
        assert asyncio.run(main()) == 3


def test_a_parent_that_dies_is_a_fault_of_ours_and_is_replaced():
    async def main() -> tuple[Ending, str, Any]:
        async with nursery() as backend:
            session = await born(backend, "await asyncio.sleep(60)")
            asking = asyncio.create_task(retrieve(session))
            await asyncio.sleep(0.05)
            status = Path(f"/proc/{session.guest_pid()}/status").read_text()
            os.kill(int(status.split("PPid:\t")[1].split()[0]), signal.SIGKILL)
            with pytest.raises(SessionEnded) as caught:
                await asking
            closing = caught.value.closing
            again = await born(backend, "return {'alive': True}")
            return closing.ending, closing.detail, (await retrieve(again))["result"]

    with nothing_left():
        ending, detail, alive = asyncio.run(main())
    assert (ending, alive) == (Ending.INFRASTRUCTURE, {"alive": True})
    assert "parent" in detail


def test_a_parent_that_is_stuck_is_given_up_and_replaced(monkeypatch):
    from alma_safe.sandbox.zygote import parent as parents

    async def main() -> Any:
        async with nursery() as backend:
            session = await born(backend, "return {}")
            status = Path(f"/proc/{session.guest_pid()}/status").read_text()
            os.kill(int(status.split("PPid:\t")[1].split()[0]), signal.SIGSTOP)
            monkeypatch.setattr(parents, "_FORK_S", 0.3)
            with pytest.raises(SessionError, match="could not be forked"):
                await born(backend, "return {}")
            monkeypatch.setattr(parents, "_FORK_S", 20.0)
            again = await born(backend, "return {'alive': True}")
            return (await retrieve(again))["result"]

    with nothing_left():
        assert asyncio.run(main()) == {"alive": True}


HOST = """
import asyncio, sys
sys.path.insert(0, {root!r})
from alma_safe.policy import load_policy
from alma_safe.sandbox.zygote.backend import ZygoteBackend
from tests.sandbox import jail
async def main():
    backend = ZygoteBackend()
    while True:
        body = "try:\\n    while True: pass\\nexcept BaseException: pass"
        session = await backend.open(jail.design(retrieve=body), load_policy(), broker=jail.no_model)
        await jail.ready(session)
        asyncio.create_task(jail.retrieve(session))
        print("up", flush=True)
        await asyncio.sleep(0.01)
asyncio.run(main())
"""


@pytest.mark.parametrize("after_s", [0.0, 0.03, 0.1])
def test_guests_do_not_outlive_a_host_that_is_killed(after_s):
    root = str(Path(__file__).resolve().parents[3])
    host = subprocess.Popen(
        [sys.executable, "-c", HOST.format(root=root)], stdout=subprocess.PIPE, text=True
    )
    assert host.stdout is not None
    assert host.stdout.readline() == "up\n"
    time.sleep(after_s)
    below = descendants(host.pid)
    host.kill()
    host.wait()
    host.stdout.close()
    assert len(below) >= 3
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in below):
        assert time.monotonic() < deadline, "guests live on without their host"
        time.sleep(0.02)


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = child.read_text().rpartition(")")[2].split()
                number = int(child.parent.name)
                if int(fields[1]) == waiting[0] and number not in found:
                    found.add(number)
                    waiting.append(number)
        waiting.pop(0)
    return found


def test_many_guests_leave_nothing():
    async def main() -> None:
        async with nursery() as backend:
            for _ in range(40):
                session = await born(backend, "return {}")
                await session.close()

    with nothing_left():
        asyncio.run(main())
