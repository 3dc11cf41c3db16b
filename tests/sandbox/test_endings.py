"""Each way for a guest to end, brought about in real guests and named by who decided it.

After every case nothing is left on the host, and a guest opened before still answers.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from alma_safe.errors import InfrastructureError, SessionError
from alma_safe.sandbox.base import Closing, Ending, SessionEnded
from alma_safe.sandbox.cgroups import find_hierarchy
from tests.sandbox import jail
from tests.sandbox.jail import design, guest, nothing_left, policy, ready, retrieve

pytestmark = pytest.mark.usefixtures("every_backend")


GROUPS = find_hierarchy()
SMALL = {"memory_mb": 96, "cpu_s": 5, "wall_s": 30, "address_space_mb": 512}
FRAMES = "import json, struct\nfrom almaguest.runner import Runner\n"
WIRE = '''
import struct
from almaguest.bridge import current
def wire():
    """The descriptor on which answers leave."""
    return current()._outgoing
def send(body, size=None):
    data = struct.pack(">I", len(body) if size is None else size) + body
    while data:
        data = data[os.write(wire(), data):]
'''


@dataclass
class Case:
    """What a design does, and how its guest has to end."""

    ending: Ending
    decided_by: str
    retrieve: str = "return {}"
    module: str = ""
    limits: dict[str, Any] = field(default_factory=dict)
    deadline_s: float = 15.0
    detail: str = ""


FLOOD = "while True:\n    os.write(1, b'x' * 65536)"
HOARD = "kept = []\nwhile True:\n    kept.append(bytearray(b'x' * (1 << 20)))"
CASES = {
    "spinning": Case(Ending.TIMEOUT_CPU, "kernel", "while True: pass", limits={"cpu_s": 1}),
    "spinning in threads": Case(
        Ending.TIMEOUT_CPU, "kernel",
        "import threading\nfor _ in range(3):\n"
        "    threading.Thread(target=lambda: all(n == 0 for n in iter(int, 1))).start()\n"
        "await asyncio.sleep(60)",
        limits={"cpu_s": 1},
    ),
    "deadline of a call": Case(
        Ending.TIMEOUT_WALL, "host", "await asyncio.sleep(60)", deadline_s=0.5, detail="0.5 s",
    ),
    "loop without await": Case(
        Ending.TIMEOUT_WALL, "host", "while True: pass", deadline_s=0.5, detail="retrieve",
    ),
    "sleeping on": Case(
        Ending.TIMEOUT_WALL, "host", "time.sleep(60)", deadline_s=0.5,
    ),
    "ignoring signals": Case(
        Ending.TIMEOUT_WALL, "host",
        "import signal\nfor number in range(1, 65):\n"
        "    try: signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True: time.sleep(1)",
        deadline_s=0.5,
    ),
    "stopping itself": Case(
        Ending.TIMEOUT_WALL, "host",
        "import signal\nos.kill(os.getpid(), signal.SIGSTOP)\nawait asyncio.sleep(60)",
        deadline_s=0.5,
    ),
    "living too long": Case(
        Ending.TIMEOUT_WALL, "host", "await asyncio.sleep(60)", limits={"wall_s": 1},
        detail="lived over 1 s",
    ),
    "hoarding": Case(
        Ending.OOM, "cgroup" if GROUPS else "watchdog", HOARD,
        limits={"address_space_mb": 2048},
    ),
    "flooding": Case(Ending.OUTPUT, "host", FLOOD, detail="printed more than"),
    "flooding at import": Case(Ending.OUTPUT, "host", module=FLOOD),
    "bytes that are no frame": Case(
        Ending.PROTOCOL, "host", "send(b'\\xff\\x00garbage')\nreturn {}", WIRE, detail="not JSON",
    ),
    "a list for a frame": Case(Ending.PROTOCOL, "host", "send(b'[]')\nreturn {}", WIRE),
    "a frame for nobody": Case(
        Ending.PROTOCOL, "host", 'send(b\'{"verdict": "accepted"}\')\nreturn {}', WIRE,
    ),
    "four gigabytes announced": Case(
        Ending.PROTOCOL, "host", "send(b'', 0xffffffff)\nawait asyncio.sleep(60)", WIRE,
        detail="4294967295",
    ),
    "one byte too many": Case(
        Ending.PROTOCOL, "host", "send(b'{' + b' ' * 70000)\nawait asyncio.sleep(60)", WIRE,
        limits={"frame_bytes": 65536}, detail="70001",
    ),
    "too many bytes": Case(
        Ending.PROTOCOL, "host",
        "while True: send(b'{\"ready\": true, \"pad\": \"' + b' ' * 60000 + b'\"}')",
        WIRE, limits={"traffic_bytes": 1 << 20}, detail="bytes sent",
    ),
    "deep frame": Case(
        Ending.PROTOCOL, "host", "send(b'{\"id\": 3, \"value\": ' + b'[' * 100000)\nreturn {}",
        WIRE, detail="deeper",
    ),
    "NaN in a frame": Case(
        Ending.PROTOCOL, "host", "send(b'{\"id\": 3, \"value\": {\"result\": NaN}}')\nreturn {}",
        WIRE, detail="NaN",
    ),
    "infinity in a frame": Case(
        Ending.PROTOCOL, "host", "send(b'{\"id\": 3, \"value\": {\"result\": 1e999}}')\nreturn {}",
        WIRE, detail="too large",
    ),
    "half a frame, then silence": Case(
        Ending.TIMEOUT_WALL, "host", "send(b'{\"id\"', 5000)\nawait asyncio.sleep(60)", WIRE,
        deadline_s=0.5,
    ),
    "a forbidden call": Case(Ending.SECCOMP, "kernel", "os.unshare(os.CLONE_NEWUSER)"),
    "a forbidden call in a thread": Case(
        Ending.SECCOMP, "kernel",
        "await asyncio.to_thread(os.unshare, os.CLONE_NEWUSER)",
    ),
    "segmentation fault": Case(
        Ending.SIGNAL, "kernel", "import ctypes\nctypes.string_at(0)", detail="SIGSEGV",
    ),
    "leaving with 0": Case(Ending.EXIT, "guest", "os._exit(0)", detail="status 0"),
    "leaving with 124": Case(Ending.EXIT, "guest", "os._exit(124)", detail="status 124"),
    "leaving with 137": Case(Ending.EXIT, "guest", "os._exit(137)", detail="status 137"),
    "leaving with 255": Case(Ending.EXIT, "guest", "os._exit(255)", detail="status 255"),
    "leaving at import": Case(Ending.EXIT, "guest", module="os._exit(3)", detail="status 3"),
    "closing the wire": Case(
        Ending.TIMEOUT_WALL, "host", "os.close(wire())\nawait asyncio.sleep(60)", WIRE,
        deadline_s=0.5,
    ),
    "imitating the jail's log": Case(
        Ending.EXIT, "guest",
        "os.write(2, b'[I] terminated with signal: SIGKILL (9)\\n[E] run time >= time limit\\n"
        "Memory cgroup out of memory: Killed process 1\\n')\nos._exit(137)",
        detail="status 137",
    ),
}  # fmt: skip


async def run(case: Case) -> tuple[Closing, float]:
    """Let a design do what the case says; return the closing and how long the call took."""
    source = design(module=case.module, retrieve=case.retrieve)
    counting = design(init="self.n = 0", retrieve="self.n += 1\nreturn {'n': self.n}")
    async with guest(counting) as sibling:
        await ready(sibling)
        limits = policy(sandbox={**SMALL, **case.limits})
        async with guest(source, limits) as session:
            started = time.monotonic()
            with pytest.raises(SessionEnded) as caught:
                await ready(session)
                started = time.monotonic()
                payload = {"instance": 1, "recorder": jail.EPISODE}
                await session.call("retrieve", payload, deadline_s=case.deadline_s)
                await asyncio.sleep(20)
                await session.call("recall", {"key": "x"}, deadline_s=1)
            took = time.monotonic() - started
            closing = await session.close()
            assert caught.value.closing == closing
            assert await session.close() is closing
            with pytest.raises(SessionEnded):
                await session.call("recall", {"key": "x"}, deadline_s=1)
        assert (await retrieve(sibling))["result"] == {"n": 1}
        assert (await sibling.close()).ending is Ending.COMPLETED
    return closing, took


@pytest.mark.parametrize("name", CASES)
def test_ending(name, tmp_path, monkeypatch):
    case = CASES[name]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with nothing_left():
        closing, took = asyncio.run(run(case))
    assert (closing.ending, closing.decided_by) == (case.ending, case.decided_by), closing
    assert case.detail in closing.detail
    assert list(tmp_path.iterdir()) == []
    if case.ending is Ending.TIMEOUT_WALL:
        # Five times the deadline is the most that a busy machine may add.
        assert took < max(case.deadline_s * 5, 3) + 2
    if GROUPS:
        assert (closing.counters["oom_kills"] or 0) == (case.ending is Ending.OOM)
    assert closing.usage.wall_s > 0


def test_completed():
    async def main() -> Closing:
        async with guest(design(retrieve="print('hello')\nreturn {'a': 1}")) as session:
            await ready(session)
            assert (await retrieve(session))["result"] == {"a": 1}
            closing = await session.close()
            assert await session.close() is closing
            return closing

    with nothing_left():
        closing = asyncio.run(main())
    assert (closing.ending, closing.decided_by) == (Ending.COMPLETED, "host")
    assert closing.output == "hello\n"
    usage = closing.usage
    assert usage.calls == 3
    assert usage.output_bytes == 6
    # What a forked guest has of its parent is not counted as its own.
    forked = jail.chosen == "forked"
    assert usage.cpu_s > (0.0005 if forked else 0.01)
    assert usage.peak_memory_bytes > (1 << 18 if forked else 4 << 20)
    assert usage.traffic_bytes > 100
    if GROUPS and "pids" in GROUPS.controllers:
        assert 1 <= usage.peak_processes <= 8


def test_the_end_tells_what_was_used_until_then():
    async def main() -> Closing:
        source = design(retrieve="x = bytearray(b'x' * (60 << 20))\nwhile True: pass")
        async with guest(source, policy(sandbox={"cpu_s": 1})) as session:
            await ready(session)
            with pytest.raises(SessionEnded):
                await retrieve(session)
            return await session.close()

    closing = asyncio.run(main())
    assert closing.ending is Ending.TIMEOUT_CPU
    assert closing.usage.cpu_s >= 0.7
    assert closing.usage.peak_memory_bytes > 60 << 20


def test_a_death_between_two_calls_is_found_at_the_next():
    async def main() -> Closing:
        late = "import threading\nthreading.Timer(0.1, os._exit, (5,)).start()\nreturn {}"
        async with guest(design(retrieve=late)) as session:
            await ready(session)
            await retrieve(session)
            await asyncio.sleep(1)
            with pytest.raises(SessionEnded) as caught:
                await retrieve(session)
            return caught.value.closing

    with nothing_left():
        closing = asyncio.run(main())
    assert closing.ending is Ending.EXIT
    assert "status 5" in closing.detail


def test_a_death_fails_every_call_that_waits():
    async def main() -> list[Any]:
        body = "self.n = getattr(self, 'n', 0) + 1\nif self.n == 8: os._exit(9)\n"
        async with guest(design(retrieve=body + "await asyncio.sleep(60)")) as session:
            await ready(session)
            calls = (retrieve(session) for _ in range(8))
            return await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 10)

    with nothing_left():
        outcomes = asyncio.run(main())
    assert len(outcomes) == 8
    for outcome in outcomes:
        assert isinstance(outcome, SessionEnded)
        assert outcome.closing.ending is Ending.EXIT


def test_a_deadline_of_one_call_ends_the_others_too():
    async def main() -> list[Any]:
        async with guest(design(retrieve="await asyncio.sleep(60)")) as session:
            await ready(session)
            payload = {"instance": 1, "recorder": jail.EPISODE}
            calls = (
                session.call("retrieve", payload, deadline_s=deadline) for deadline in (0.3, 30, 30)
            )
            return await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 10)

    with nothing_left():
        outcomes = asyncio.run(main())
    assert {type(outcome) for outcome in outcomes} == {SessionEnded}
    assert {outcome.closing.ending for outcome in outcomes} == {Ending.TIMEOUT_WALL}


def test_overlapping_calls_are_answered_each_with_its_own():
    async def main() -> list[Any]:
        body = "await asyncio.sleep(0.05 - recorder.init['n'] * 0.005)\nreturn recorder.init"
        async with guest(design(retrieve=body)) as session:
            await ready(session)
            recorders = [{"init": {"n": n}, "steps": [], "reward": 0.0} for n in range(10)]
            calls = (retrieve(session, recorder=recorder) for recorder in recorders)
            return [answer["result"]["n"] for answer in await asyncio.gather(*calls)]

    assert asyncio.run(main()) == list(range(10))


def test_a_cancelled_call_leaves_the_session_usable():
    async def main() -> Any:
        body = "self.n = getattr(self, 'n', 0) + 1\n"
        body += "if self.n == 1: await asyncio.sleep(0.5)\nreturn {'n': self.n}"
        async with guest(design(retrieve=body)) as session:
            await ready(session)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(retrieve(session), 0.1)
            return (await retrieve(session))["result"]

    with nothing_left():
        assert asyncio.run(main()) == {"n": 2}


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.02, 0.08, 0.15])
def test_opening_that_is_cancelled_leaves_nothing(after_s):
    async def main() -> None:
        backend = jail.BACKENDS[jail.chosen]()
        opening = asyncio.create_task(backend.open(design(), policy(), broker=jail.no_model))
        await asyncio.sleep(after_s)
        opening.cancel()
        try:
            session = await opening
        except asyncio.CancelledError:
            return
        else:
            await session.close()
        finally:
            await backend.aclose()

    asyncio.run(main())
    with nothing_left():
        asyncio.run(main())


def test_a_session_that_nobody_closed_ends_with_its_backend(every_backend):
    async def main() -> Ending:
        backend = jail.BACKENDS[jail.chosen]()
        body = "while True: pass"
        session = await backend.open(design(retrieve=body), policy(), broker=jail.no_model)
        await ready(session)
        asking = asyncio.create_task(retrieve(session))
        await asyncio.sleep(0.05)
        await backend.aclose()
        with pytest.raises(SessionEnded) as caught:
            await asking
        return caught.value.closing.ending

    with nothing_left():
        assert asyncio.run(main()) is Ending.COMPLETED


def break_nsjail(broken, limits, monkeypatch, tmp_path):
    from alma_safe.sandbox import rootfs
    from alma_safe.sandbox.nsjail import backend, config
    from alma_safe.sandbox.zygote import backend as forking
    from alma_safe.sandbox.zygote import config as of_parents

    if broken == "root":
        (tmp_path / "empty").mkdir()
        empty = rootfs.Rootfs(path=tmp_path / "empty", guest=tmp_path / "empty", chroma=False)
        monkeypatch.setattr(rootfs, "stage", lambda chroma: empty)
    elif broken == "program":
        monkeypatch.setattr(backend, "find_nsjail", lambda: tmp_path)
        monkeypatch.setattr(forking, "find_nsjail", lambda: tmp_path)
    else:
        file = tmp_path / "jail.cfg"
        text = config.render(limits, rootfs.stage(False)).replace("ALLOW {", "ALLOW { no_such,")
        file.write_text(text if broken == "filter" else "this is no configuration {{{")
        monkeypatch.setattr(backend, "config_file", lambda *_: file)
        monkeypatch.setattr(of_parents, "config_file", lambda *_: file)


def break_docker(broken, monkeypatch, tmp_path):
    from alma_safe.sandbox import rootfs
    from alma_safe.sandbox.docker import client, spec

    if broken == "root":
        monkeypatch.setattr(rootfs, "digests", lambda chroma: ("no-1", "no-2"))
    elif broken == "program":
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    elif broken == "configuration":
        monkeypatch.setenv(client.RUNTIME_VARIABLE, "no-such-runtime")
    else:
        whole = spec.SeccompPolicy.docker_profile
        monkeypatch.setattr(
            spec.SeccompPolicy, "docker_profile", lambda self: {**whole(self), "syscalls": "no"}
        )


@pytest.mark.parametrize("broken", ["root", "program", "configuration", "filter"])
def test_what_fails_on_our_side_is_no_verdict_on_the_design(broken, monkeypatch, tmp_path):
    limits = policy(sandbox={"wall_s": 29})
    if jail.chosen == "docker":
        break_docker(broken, monkeypatch, tmp_path)
    else:
        break_nsjail(broken, limits, monkeypatch, tmp_path)

    async def main() -> None:
        async with guest(design(module=f"open('{tmp_path}/ran', 'w')"), limits) as session:
            await ready(session)

    with nothing_left(), pytest.raises((InfrastructureError, OSError)) as caught:
        asyncio.run(main())
    if isinstance(caught.value, InfrastructureError):
        assert caught.value.hint
    if isinstance(caught.value, SessionError) and jail.chosen != "docker":
        assert "infrastructure" in caught.value.message
        assert caught.value.hint == "run: alma-safe doctor"
    assert not (tmp_path / "ran").exists()


def test_the_host_is_not_filled_by_calls_that_are_never_read():
    """A guest that asks the model without end and reads no answer is held, not served."""

    async def main() -> tuple[Closing, int]:
        flood = (
            "n = 0\nwhile True:\n    n += 1\n"
            '    send(b\'{"call":%d,"kind":"chat","payload":{"messages":"x"}}\' % n)'
        )
        block = "import almaguest.bridge as b\nb.Bridge._resolve = lambda *a: time.sleep(60)\n"

        async def echo(kind: str, payload: Any) -> str:
            return "y" * 200

        source = design(module=WIRE + block, retrieve=flood)
        async with guest(source, policy(sandbox=SMALL), broker=echo) as session:
            await ready(session)
            payload = {"instance": 1, "recorder": jail.EPISODE}
            with pytest.raises(SessionEnded):
                await session.call("retrieve", payload, deadline_s=1)
            closing = await session.close()
            return closing, closing.usage.broker_calls

    before = _resident_mb()
    with nothing_left():
        closing, calls = asyncio.run(main())
    assert closing.ending in (Ending.TIMEOUT_WALL, Ending.TIMEOUT_CPU)
    assert calls < 5000
    assert _resident_mb() - before < 60


def _resident_mb() -> float:
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
