from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alma_safe.policy import load_policy
from alma_safe.sandbox import on_top
from alma_safe.sandbox.base import Layer
from alma_safe.sandbox.nsjail import config
from alma_safe.sandbox.rootfs import PYTHON, Rootfs
from tests.sandbox.jail import ROOT, policy

AT = Rootfs(path=Path("/somewhere/base-1"), guest=Path("/somewhere/guest-1"), chroma=False)


@pytest.fixture(scope="module")
def text():
    return config.render(load_policy(), AT)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    return tmp_path / "jails"


def blocks(text: str, name: str) -> list[str]:
    """The bodies of all messages called ``name``."""
    return re.findall(rf"^{name} \{{\n(.*?)^\}}", text, re.DOTALL | re.MULTILINE)


def test_every_namespace_stays_on(text):
    # They are on unless switched off.
    for name in ("user", "ns", "pid", "ipc", "uts", "cgroup", "net"):
        assert not re.search(rf"clone_new{name}:\s*false", text)
    assert "iface_no_lo: true" in text


@pytest.mark.parametrize(
    "line",
    [
        "mount_proc: false", "keep_env: false", "rlimit_core: 0", "rlimit_memlock: 0",
        "rlimit_msgqueue: 0", "rlimit_stack_type: VALUE", "rlimit_nproc_type: VALUE",
    ],
)  # fmt: skip
def test_constant_guards_are_in_the_file(text, line):
    key, value = line.split(": ")
    # A value that is the format's default may be left out.
    assert line in text or (value in ("false", "0") and f"{key}:" not in text), text


def test_limits_come_from_the_policy(text):
    limits = load_policy().sandbox
    for key, value in (
        ("rlimit_as", limits.address_space_mb),
        ("rlimit_cpu", limits.cpu_s),
        ("rlimit_fsize", limits.file_mb),
        ("rlimit_nofile", limits.open_files),
        ("rlimit_nproc", limits.processes),
    ):
        assert f"{key}: {value}" in text
    assert f"size={limits.tmp_mb}m,nr_inodes={limits.tmp_inodes},mode=1777" in text


def test_the_jails_own_clock_runs_longer_than_ours(text):
    (found,) = re.findall(r"time_limit: (\d+)", text)
    assert int(found) > load_policy().sandbox.wall_s


def test_privileges_are_never_kept(text):
    for name in ("keep_caps", "disable_no_new_privs", "skip_setsid", "silent"):
        assert not re.search(rf"{name}:\s*true", text)
    assert "cap:" not in text
    assert "pass_fd" not in text


def test_the_guest_is_nobody(text):
    for name in ("uidmap", "gidmap"):
        (body,) = blocks(text, name)
        assert 'inside_id: "65534"' in body
        if ROOT:
            assert 'outside_id: "65534"' in body
        assert 'outside_id: "0"' not in body


def test_one_user_and_one_group_of_the_host_are_there(text):
    for name in ("uidmap", "gidmap"):
        (body,) = blocks(text, name)
        # One is the format's default and may be left out.
        assert re.findall(r"count: (\d+)", body) in ([], ["1"])


@pytest.mark.parametrize(("user", "outside"), [(0, "65534"), (1234, "1234")])
def test_outside_a_guest_is_nobody_or_who_started_it(monkeypatch, user, outside):
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("os.getuid", lambda: user)
    monkeypatch.setattr("os.getgid", lambda: user)
    text = config.render(load_policy(), AT)
    for name in ("uidmap", "gidmap"):
        (body,) = blocks(text, name)
        assert f'outside_id: "{outside}"' in body


def test_nothing_but_the_staged_root_is_mounted(text):
    mounts = blocks(text, "mount")
    sources = [re.findall(r'src: "([^"]*)"', body) for body in mounts]
    assert sources == [
        ["/somewhere/base-1"], ["/somewhere/guest-1"], [], ["/dev/null"], ["/dev/urandom"],
    ]  # fmt: skip
    for body in mounts:
        assert "nosuid: true" in body
        assert "nodev: true" in body or "/dev/" in body
        assert "rw: true" not in body or "/tmp" in body or "/dev/null" in body
    (tmp,) = [body for body in mounts if 'dst: "/tmp"' in body]
    assert "noexec: true" in tmp
    assert "rw: true" in tmp


def test_of_devices_there_is_where_to_write_and_where_to_read(text):
    null, urandom = (body for body in blocks(text, "mount") if "/dev/" in body)
    assert "rw: true" in null
    assert "rw: true" not in urandom
    for body in (null, urandom):
        assert "noexec: true" in body
        assert "is_bind: true" in body


def test_a_layer_is_left_out_of_the_file_where_a_witness_asks_for_it(text):
    assert config.render(load_policy(), AT, frozenset({Layer.SECCOMP})) != text
    assert "seccomp_string" not in config.render(load_policy(), AT, frozenset({Layer.SECCOMP}))


def test_the_stack_is_that_of_a_usual_process(text):
    assert re.findall(r"rlimit_stack: (\d+)", text) in ([], ["8"])


def test_the_environment_is_made_of_constants(text):
    assert re.findall(r'envar: "([^"]*)"', text) == config.guest_environment()
    assert set(config.guest_environment()) == {
        "LD_LIBRARY_PATH=/py/lib:/lib", "HOME=/tmp", "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1",
        "PYTHONUTF8=1", "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "MALLOC_ARENA_MAX=2",
        "ANONYMIZED_TELEMETRY=False",
    }  # fmt: skip


def test_the_filter_is_that_of_the_policy(text):
    assert "seccomp_string:" in text
    assert "KILL_PROCESS" in text
    assert "USE guest DEFAULT ERRNO(38)" in text


def test_no_variable_of_the_host_is_in_the_file(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "5ca1ab1e")
    text = config.render(load_policy(), AT)
    assert "5ca1ab1e" not in text
    names = [entry.split("=")[0] for entry in re.findall(r'envar: "([^"]*)"', text)]
    assert len(names) == len(set(names)) > 5
    assert all("=" in entry for entry in re.findall(r'envar: "([^"]*)"', text))


def test_the_file_is_made_once_and_reused(cache, monkeypatch):
    first = config.config_file(load_policy(), AT)
    monkeypatch.setattr(config, "render", lambda *_: pytest.fail("rendered again"))
    assert config.config_file(load_policy(), AT) == first
    assert [path.name for path in cache.iterdir()] == [first.name]


@pytest.mark.parametrize(
    "changed",
    [
        policy(sandbox={"memory_mb": 99}),
        policy(sandbox={"tmp_inodes": 99}),
        policy(sandbox={"wall_s": 99}),
    ],
)
def test_another_policy_is_another_file_even_under_the_same_name_and_digest(cache, changed):
    assert changed.digest == load_policy().digest
    other = config.config_file(changed, AT)
    assert other != config.config_file(load_policy(), AT)
    assert other.read_text() == config.render(changed, AT)


def test_another_root_is_another_file(cache):
    moved = Rootfs(path=AT.path, guest=Path("/somewhere/guest-2"), chroma=False)
    assert config.config_file(load_policy(), moved) != config.config_file(load_policy(), AT)


def test_many_gates_at_once_leave_one_whole_file(cache):
    code = (
        "from pathlib import Path\n"
        "from alma_safe.policy import load_policy\n"
        "from alma_safe.sandbox.nsjail import config\n"
        "from alma_safe.sandbox.rootfs import Rootfs\n"
        "at = Rootfs(path=Path('/a'), guest=Path('/b'), chroma=False)\n"
        "print(len(config.config_file(load_policy(), at).read_text()))"
    )

    def run(_: int) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(run, range(3)))) == 1
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("without", [frozenset(), frozenset({Layer.SECCOMP})])
def test_the_command_line_holds_what_differs_between_guests(without):
    command = config.command_line(
        Path("/n"), Path("/c"), log_fd=9, hash_seed=4, python_path="/guest", without=without
    )
    assert command == [
        "/n", "--config", "/c", "--log_fd", "9", "--env", "PYTHONHASHSEED=4",
        "--env", "PYTHONPATH=/guest", "--", PYTHON, "-S", "-s", "-P", "-B",
        "-m", "almaguest.runner", *on_top.arguments(without, x32=True),
    ]  # fmt: skip


def test_a_guest_is_told_of_a_filter_that_sees_to_foreign_calls():
    (told,) = on_top.arguments(x32=True)
    assert told.startswith("FILTER=")
    assert told != on_top.arguments()[0]
    for layer in (Layer.SECCOMP, Layer.NO_NEW_PRIVS):
        assert on_top.arguments(frozenset({layer}), x32=True) == []
    assert on_top.arguments(frozenset({Layer.NETWORK}), x32=True) == [told]
