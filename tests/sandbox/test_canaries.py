"""The oracles of the containment tests are alive: without the wall, each canary sings.

The same samples that the wall holds are run here outside it, in a throw-away process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alma_safe.sandbox import rootfs
from tests.sandbox import canaries as oracle

SAMPLES = Path(__file__).resolve().parents[1] / "assets" / "hostile"
DRIVER = """
import asyncio, json, sys
from alma_safe.contract import Basic_Recorder, MemoStructure

async def main():
    space = {"__name__": "design"}
    exec(compile(open(sys.argv[1], "rb").read(), "design.py", "exec"), space)
    (cls,) = (v for v in space.values() if isinstance(v, type) and v is not MemoStructure
              and issubclass(v, MemoStructure) and not v.__abstractmethods__)
    memory = cls()
    steps = [{"action_took": "look", "observation": "a room"}]
    for _ in range(2):
        recorder = Basic_Recorder(init={"goal": "g", "obs": "o"}, steps=steps, reward=1.0)
        await memory.general_update(recorder)
    recorder = Basic_Recorder(init={"goal": "g", "obs": "o"}, steps=[], reward=0.0)
    print(json.dumps(await memory.general_retrieve(recorder), default=str))

asyncio.run(main())
"""

pytestmark = pytest.mark.xdist_group("canaries")


@pytest.fixture(scope="module")
def planted() -> Iterator[oracle.Canaries]:
    with oracle.planted() as canaries:
        yield canaries


def unconfined(sample: str, folder: Path) -> str:
    """What a sample says when it runs on the host."""
    root = rootfs._GUEST
    path = [root, root / "names", root / "standin", Path(rootfs.__file__).parents[2]]
    # A file and no pipe: a process that stays behind would hold a pipe open.
    with (folder / "said").open("w+") as said:
        subprocess.run(
            [sys.executable, "-c", DRIVER, str(SAMPLES / f"{sample}.py")],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            timeout=30,
            check=False,
        )
        said.seek(0)
        return said.read()


@pytest.mark.parametrize("sample", ["open_write", "import_os_open", "import_subprocess_touch"])
def test_a_file_is_seen(planted, tmp_path, sample):
    assert (SAMPLES / f"{sample}.py").is_file()
    unconfined(sample, tmp_path)
    seen = [name for name in planted.files() if name.startswith(sample)]
    for name in seen:
        (oracle.FOLDER / name).unlink()
    assert seen


@pytest.mark.parametrize(
    ("sample", "listener"),
    [
        ("tcp_connect_loopback", "tcp"), ("udp_send_loopback", "udp"),
        ("unix_abstract_connect", "abstract"), ("unix_path_socket", "path"),
        ("raw_syscall_connect", "tcp"),
    ],
)  # fmt: skip
def test_a_connection_is_seen(planted, tmp_path, sample, listener):
    unconfined(sample, tmp_path)
    deadline = time.monotonic() + 5
    while listener not in planted.hits:
        assert time.monotonic() < deadline, planted.hits
        time.sleep(0.02)
    planted.hits.clear()


def test_a_process_that_stays_is_seen(planted, tmp_path):
    unconfined("double_fork_daemon", tmp_path)
    try:
        assert oracle.marked_outside()
        assert oracle.marked()
    finally:
        for pid in oracle.marked():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while oracle.marked():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("sample", "secret"),
    [
        ("read_planted_secret", "planted file"), ("environment_dump", "environment"),
        ("proc_self_environ", "environment"), ("read_etc_passwd", "/etc/passwd"),
    ],
)  # fmt: skip
def test_a_secret_that_is_told_is_heard(planted, tmp_path, sample, secret):
    assert secret in planted.told(unconfined(sample, tmp_path))


def test_a_secret_in_memory_is_heard(planted):
    assert planted.told(f"... {planted.in_memory} ...") == ["memory of the host"]
    assert planted.told("nothing of that") == []


def test_a_change_of_the_root_is_seen(tmp_path):
    (tmp_path / "a").write_text("1")
    before = oracle.fingerprint(tmp_path)
    (tmp_path / "a").write_text("22")
    assert oracle.fingerprint(tmp_path) != before
