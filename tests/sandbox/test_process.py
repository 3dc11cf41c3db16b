from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from alma_safe.sandbox.process import Child, Exit
from tests.sandbox.jail import nothing_left


def close(child: Child) -> None:
    for stream in (child.stdin, child.stdout, child.stderr):
        stream.close()


def run(*command: str, **options: object) -> tuple[Child, Exit]:
    async def main() -> tuple[Child, Exit]:
        child = Child.start(command, **options)  # type: ignore[arg-type]
        try:
            return child, await child.wait()
        finally:
            close(child)

    with nothing_left():
        return asyncio.run(main())


def test_the_exit_status_is_the_raw_one():
    _, ended = run("/bin/sh", "-c", "exit 7")
    assert os.waitstatus_to_exitcode(ended.status) == 7


def test_a_signal_is_told_from_an_exit():
    _, ended = run("/bin/sh", "-c", "kill -9 $$")
    assert os.WIFSIGNALED(ended.status)
    assert os.WTERMSIG(ended.status) == signal.SIGKILL


def test_usage_is_that_of_the_whole_tree():
    work = "import time\nx = bytearray(40 << 20)\nwhile time.process_time() < 0.2: pass"
    _, ended = run("/bin/sh", "-c", f"{sys.executable} -c '{work}'; exit 0")
    assert ended.cpu_s >= 0.2
    assert ended.peak_memory_bytes >= 40 << 20


def test_waiting_twice_gives_the_same_and_killing_the_dead_is_harmless():
    async def main() -> None:
        child = Child.start(["/bin/sh", "-c", "exit 3"])
        assert child.running
        first = await child.wait()
        assert await child.wait() is first
        assert not child.running
        child.kill()
        close(child)

    with nothing_left():
        asyncio.run(main())


def test_a_child_can_be_killed_while_it_is_waited_for():
    async def main() -> Exit:
        child = Child.start(["/bin/sh", "-c", "sleep 60"])
        waiting = asyncio.create_task(child.wait())
        await asyncio.sleep(0.05)
        child.kill()
        ended = await asyncio.wait_for(waiting, 5)
        close(child)
        return ended

    with nothing_left():
        assert os.WTERMSIG(asyncio.run(main()).status) == signal.SIGKILL


def test_a_cancelled_wait_can_be_repeated():
    async def main() -> None:
        child = Child.start(["/bin/sh", "-c", "sleep 60"])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(child.wait(), 0.05)
        child.kill()
        await child.wait()
        close(child)

    with nothing_left():
        asyncio.run(main())


def test_a_child_inherits_neither_environment_nor_descriptors(monkeypatch):
    monkeypatch.setenv("ALMA_TEST_SECRET", "5ca1ab1e")

    async def main() -> bytes:
        reading, writing = os.pipe()
        child = Child.start(["/bin/sh", "-c", "env; ls /proc/self/fd"])
        os.close(reading)
        os.close(writing)
        await child.wait()
        said = child.stdout.read()
        close(child)
        return said

    said = asyncio.run(main())
    assert b"5ca1ab1e" not in said
    # 0, 1, 2 and the one that ls itself reads the folder with.
    assert said.split()[-4:] == [b"0", b"1", b"2", b"3"]


def test_a_child_that_cannot_join_its_group_does_not_run(tmp_path):
    missing = str(tmp_path / "missing" / "cgroup.procs")
    _, ended = run("/bin/sh", "-c", f"touch {tmp_path}/ran", join=[missing])
    assert os.waitstatus_to_exitcode(ended.status) == 125
    assert not (tmp_path / "ran").exists()


def test_a_child_joins_before_it_runs(tmp_path):
    entry = tmp_path / "cgroup.procs"
    child, ended = run("/bin/sh", "-c", f"cp {entry} {tmp_path}/seen", join=[str(entry)])
    assert ended.status == 0
    assert (tmp_path / "seen").read_text().split() == [str(child.pid)]
