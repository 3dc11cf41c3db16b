"""What cannot be judged exits 2, what cannot be a design exits 1; nothing crashes or hangs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alma_safe.cli import main as entry

STATIC = ("verify", "--stages", "static")

NOT_DESIGNS = {
    "empty": b"",
    "nul": b"x = 1\0\n",
    "binary": bytes(range(256)) * 8,
    "latin1": "# caf\xe9\n".encode("latin-1"),
    "utf16": "x = 1\n".encode("utf-16"),
    "cookie": b"# -*- coding: utf-7 -*-\nx = 1\n",
    "huge": b"# " + b"x" * (8 << 20),
    "one_byte_too_many": b"#" * (256 * 1024 + 1),
    "deep": b"(" * 100_000,
    "syntax": b"def (:\n",
    "long_number": b"x = " + b"9" * 100_000 + b"\n",
}


@pytest.mark.parametrize("name", NOT_DESIGNS)
def test_what_cannot_be_a_design_is_rejected_with_a_finding(run, tmp_path, name):
    path = tmp_path / f"{name}.py"
    path.write_bytes(NOT_DESIGNS[name])
    code, out, err = run(*STATIC, "--format", "json", path)
    assert (code, err) == (1, "")
    [design] = json.loads(out)["designs"]
    assert design["verdict"] == "rejected"
    assert any(stage["findings"] for stage in design["stages"])


class TestNothingToJudge:
    @pytest.fixture
    def refused(self, run):
        def call(path, reason):
            code, out, err = run(*STATIC, path)
            assert (code, out) == (2, "")
            first = err.splitlines()[0]
            assert first.startswith("error: ")
            assert str(path) in first
            assert reason in first

        return call

    def test_pipe_is_not_waited_for(self, refused, tmp_path):
        os.mkfifo(tmp_path / "pipe.py")
        refused(tmp_path / "pipe.py", "not a regular file")

    def test_device(self, refused):
        refused("/dev/zero", "not a regular file")

    def test_socket(self, refused, tmp_path):
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(tmp_path / "s.py"))
            refused(tmp_path / "s.py", "cannot read")

    def test_link_to_itself(self, refused, tmp_path):
        (tmp_path / "loop.py").symlink_to("loop.py")
        refused(tmp_path / "loop.py", "cannot read")

    def test_link_to_nothing(self, refused, tmp_path):
        (tmp_path / "dangling.py").symlink_to("missing.py")
        refused(tmp_path / "dangling.py", "No such file")

    def test_glob_without_match(self, refused, tmp_path):
        refused(tmp_path / "*.py", "matches no file")

    def test_name_that_is_too_long(self, refused, tmp_path):
        refused(tmp_path / ("n" * 300), "cannot read")

    def test_unreadable_file(self, tmp_path):
        """Root reads everything, so root asks as nobody."""
        path = tmp_path / "secret.py"
        path.write_text("x = 1\n")
        path.chmod(0)
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(folder.stat().st_mode | 0o055)
        code = (
            "import os, sys\n"
            "from alma_safe.cli.main import run\n"
            # Nobody may not be let into the interpreter's folder: import everything first.
            "assert run([*sys.argv[1:-1], 'missing.py']) == 2\n"
            "if os.geteuid() == 0:\n"
            "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            "sys.exit(run(sys.argv[1:]))\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code, *STATIC, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 2
        assert "Permission denied" in ended.stderr


def test_folder_that_links_to_itself_ends(run, tmp_path):
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "one.py").write_bytes(b"\0")
    code, out, _ = run(*STATIC, "--format", "json", tmp_path)
    assert code == 1
    assert len(json.loads(out)["designs"]) == 1


@pytest.mark.parametrize(("data", "expected"), [(b"", 2), (b"\0", 1)])
def test_standard_input(data, expected):
    ended = subprocess.run(
        [sys.executable, "-m", "alma_safe", *STATIC, "-"],
        input=data,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == expected


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), min_size=30))
def test_any_bytes_get_a_verdict(tmp_path_factory, contents):
    folder = tmp_path_factory.mktemp("fuzz")
    for number, data in enumerate(contents):
        (folder / f"{number:03}.py").write_bytes(data)
    output = folder / "report.json"
    code = entry.run([*STATIC, "--format", "json", "--output", str(output), str(folder)])
    assert code in (0, 1)
    verdicts = {design["verdict"] for design in json.loads(output.read_text())["designs"]}
    assert verdicts <= {"partial", "rejected"}
