"""Faults of our own side: the host killed, its disk full, its control groups read-only.

None of them is a verdict on a design, and none leaves a guest behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alma_safe.sandbox.cgroups import find_hierarchy
from alma_safe.sandbox.nsjail.binary import find_nsjail
from tests.sandbox import jail

REPOSITORY = Path(__file__).resolve().parents[2]
HONEST = REPOSITORY / "designs" / "no_memory.py"
BUSY = REPOSITORY / "designs" / "layered_hybrid.py"
COMMAND = [sys.executable, "-m", "alma_safe"]

root_only = pytest.mark.skipif(not jail.ROOT, reason="mounting takes root")


def verify(
    *arguments: str | Path, cache: Path | None = None, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run ``verify``; ``before`` is what a shell does first, among mounts of its own."""
    command = [*COMMAND, "verify", *map(str, arguments)]
    if before:
        script = f'mount --make-rprivate / && {before} && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", script, "sh", *command]
    environment = {**os.environ, **({"ALMA_SAFE_CACHE": str(cache)} if cache else {})}
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def family(pid: int) -> dict[int, str]:
    """All processes below one, and when each was started: a number alone may be used again."""
    known: dict[int, str] = {}
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1]), fields[19]
    fresh = {pid}
    while fresh:
        fresh = {child for child, (parent, _) in parents.items() if parent in fresh} - known.keys()
        known |= {child: parents[child][1] for child in fresh}
    return known


def living(members: dict[int, str]) -> set[int]:
    found = set()
    for pid, started in members.items():
        with contextlib.suppress(OSError, IndexError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if fields[19] == started and fields[0] != "Z":
                found.add(pid)
    return found


def groups_of(pid: int) -> list[Path]:
    hierarchy = find_hierarchy()
    folders = set(hierarchy.folders.values()) if hierarchy else set()
    return [group for folder in folders for group in folder.glob(f"{pid}-*")]


@pytest.mark.parametrize("seed", range(6))
def test_a_host_that_is_killed_at_any_moment_leaves_no_guest(seed, tmp_path):
    moment_s = random.Random(seed).uniform(0.3, 2.5)
    output = tmp_path / "report.json"
    output.write_text("earlier")
    command = [*COMMAND, "verify", "--format", "json", "--output", str(output), str(BUSY)]
    host = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    members: dict[int, str] = {}
    ends = time.monotonic() + moment_s
    while time.monotonic() < ends and host.poll() is None:
        members |= family(host.pid)
        time.sleep(0.02)
    members |= family(host.pid)
    assert members, "nothing had been started: the moment is too early"
    host.kill()
    host.wait()
    deadline = time.monotonic() + 10
    while left := living(members):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.02)
    # What was written is whole: the report of before, or that of this run.
    text = output.read_text()
    assert text == "earlier" or json.loads(text)["verdict"] == "accepted"
    # What the kernel cannot clear for the dead is cleared by whoever comes next.
    assert verify(HONEST).returncode == 0
    assert groups_of(host.pid) == []


@root_only
def test_read_only_control_groups_are_reported_and_not_fatal():
    if find_hierarchy() is None:
        pytest.skip("no control groups here at all")
    mounts = "grep -o ' /sys/fs/cgroup[^ ]*' /proc/mounts | sort -r"
    done = verify(
        "--format", "json", HONEST,
        before=f"for m in $({mounts}); do mount -o remount,bind,ro $m || exit 9; done",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (design,) = json.loads(done.stdout)["designs"]
    execution = design["stages"][-1]
    assert {"cgroup memory", "cgroup pids", "cgroup cpu"} <= set(execution["usage"]["degraded"])
    # The positive arm: with groups that can be written nothing is missing.
    whole = json.loads(verify("--format", "json", HONEST).stdout)["designs"][0]
    assert not any("cgroup" in name for name in whole["stages"][-1]["usage"]["degraded"])


@contextlib.contextmanager
def small_disk(path: Path, size: str) -> Iterator[Path]:
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


@root_only
def test_a_full_disk_under_the_cache_is_our_fault_and_leaves_nothing_half_made(
    tmp_path, monkeypatch
):
    # So that what has no room is the runtime of the guests.
    monkeypatch.setenv("ALMA_SAFE_NSJAIL", str(find_nsjail()))
    with small_disk(tmp_path / "disk", "4m") as disk:
        done = verify(HONEST, cache=disk)
        assert done.returncode == 3, done.stdout
        assert "Traceback" not in done.stderr
        assert "No space left" in done.stdout + done.stderr
        assert "accepted" not in done.stdout
        assert "rejected" not in done.stdout
        # A root that is there is taken for whole, so there must be none.
        assert list((disk / "rootfs").glob("base-*")) == []


@root_only
def test_a_full_disk_under_the_report_keeps_the_earlier_one(tmp_path):
    with small_disk(tmp_path / "disk", "64k") as disk:
        output = disk / "report.json"
        output.write_text("earlier")
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 1024)
        done = verify("--format", "json", "--output", output, HONEST)
        assert done.returncode not in (0, 1)
        assert "Traceback" not in done.stderr
        assert "report.json" in done.stderr
        assert output.read_text() == "earlier"


class Relay:
    """Stands between a client and the engine, and goes silent after so many messages to it."""

    def __init__(self, path: Path, messages: int) -> None:
        self.url = f"unix://{path}"
        self.seen = 0
        self._left = messages
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect("/var/run/docker.sock")
                self._open += [client, engine]
                for source, target, counted in ((client, engine, True), (engine, client, False)):
                    threading.Thread(
                        target=self._carry, args=(source, target, counted), daemon=True
                    ).start()

    def _carry(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if counted:
                    self.seen += 1
                    self._left -= 1
                if self._left < 0:
                    return  # silent, but not closed: what a stopped engine looks like
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.mark.skipif("docker" not in jail.BACKENDS, reason="no engine can be had here")
def test_an_engine_that_goes_silent_at_any_moment_ends_as_our_fault(tmp_path):
    def run(messages: int) -> tuple[subprocess.CompletedProcess[str], int]:
        relay = Relay(tmp_path / f"relay-{messages}.sock", messages)
        code = (
            "import sys\n"
            "import alma_safe.sandbox.docker.client as client\n"
            "client.TIMEOUT_S = 2\n"
            "from alma_safe.cli.main import main\n"
            f"sys.argv[1:] = ['verify', '--sandbox', 'docker', {str(HONEST)!r}]\n"
            "main()"
        )
        try:
            return subprocess.run(
                [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True,
                env={**os.environ, "DOCKER_HOST": relay.url}, timeout=120, check=False,
            ), relay.seen  # fmt: skip
        finally:
            relay.close()

    # The positive arm: behind a relay that passes everything on, the design is accepted.
    whole, messages = run(1 << 30)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    for silent_after in (1, messages // 3):
        done, _ = run(silent_after)
        assert done.returncode == 3, f"after {silent_after} of {messages}: {done.stdout}"
        assert "Traceback" not in done.stderr
        assert "rejected" not in done.stdout
    # The engine itself was never in doubt: it sweeps what those runs have left.
    assert verify("--sandbox", "docker", HONEST).returncode == 0
