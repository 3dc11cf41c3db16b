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


SPECIAL = ("pipe", "device", "folder", "endless")


@pytest.fixture(params=SPECIAL)
def special(request, tmp_path):
    """Something that is no file: reading it would wait for ever, never end, or fail."""

    def put(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if request.param == "pipe":
            os.mkfifo(path)
        elif request.param == "device":
            path.symlink_to("/dev/tty")
        elif request.param == "folder":
            path.mkdir()
        else:
            path.symlink_to("/dev/zero")
        return path

    return put


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("mine.toml", ("policy", "check", "FILE")),
        ("mine.toml", (*STATIC, "--policy", "FILE", "HONEST")),
        ("known.toml", (*STATIC, "--known", "FILE", "HONEST")),
        ("recorder.toml", (*STATIC, "--fresh", "--domain", "FOLDER", "HONEST")),
        ("pack.toml", ("evaluate", "--domain", "FOLDER", "HONEST")),
    ],
)
def test_a_number_that_is_not_read_is_told_of_the_file_that_holds_it(
    run, tmp_path, honest, name, arguments
):
    # Python reads no integer of so many digits, and says so in a way of its own.
    (tmp_path / name).write_text("n = " + "9" * 5000 + "\n")
    given = {"FILE": tmp_path / name, "FOLDER": f"{tmp_path}/", "HONEST": honest}
    code, out, err = run(*(given.get(each, each) for each in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert name in err.splitlines()[0]


@pytest.fixture
def ends(request):
    """Run a command line in a process of its own, which has to end by itself."""

    def call(*arguments, names):
        ended = subprocess.run(
            [sys.executable, "-m", "alma_safe", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        error, *hints = ended.stderr.splitlines()
        assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
        assert error.startswith("error: ")
        assert str(names) in error
        assert hints
        assert all(line.startswith("hint: ") for line in hints)

    return call


class TestFilesBesideDesigns:
    """Whatever the command line names or a checkout holds: bad input, never a hang."""

    def test_policy(self, ends, special, tmp_path, honest):
        path = special(tmp_path / "mine.toml")
        ends("policy", "check", path, names=path)
        ends("policy", "show", "--format", "toml", path, names=path)
        ends(*STATIC, "--policy", path, honest, names=path)

    @pytest.mark.parametrize(
        ("table", "name"),
        [("static", "imports"), ("broker", "prices"), ("sandbox", "seccomp")],
    )
    def test_what_a_policy_names_is_not_replaced_by_what_is_shipped(
        self, ends, special, tmp_path, table, name
    ):
        shipped = {"imports": "imports.toml", "prices": "prices.toml", "seccomp": "seccomp.kafel"}
        path = special(tmp_path / shipped[name])
        policy = tmp_path / "mine.toml"
        policy.write_text(
            'schema = "alma-safe/policy/v1"\nname = "mine"\nextends = "strict"\n'
            f'[{table}]\n{name} = "{shipped[name]}"\n'
        )
        ends("policy", "check", policy, names=path)

    def test_what_a_policy_extends(self, ends, special, tmp_path):
        path = special(tmp_path / "base.toml")
        policy = tmp_path / "mine.toml"
        policy.write_text('schema = "alma-safe/policy/v1"\nname = "mine"\nextends = "base"\n')
        ends("policy", "check", policy, names=path)

    def test_known_findings(self, ends, special, tmp_path, honest):
        path = special(tmp_path / "known.toml")
        ends(*STATIC, "--known", path, honest, names=path)

    def test_folder_of_a_domain(self, ends, special, tmp_path, honest):
        recorder = special(tmp_path / "recorders" / "recorder.toml")
        ends(*STATIC, "--fresh", "--domain", recorder.parent, honest, names=recorder)
        pack = special(tmp_path / "domain" / "pack.toml")
        ends("evaluate", "--domain", pack.parent, honest, names=pack)

    def test_receipt_and_keys(self, ends, special, tmp_path, honest):
        pytest.importorskip("securesystemslib")
        path = special(tmp_path / "it")
        ends("attest", "sign", honest, "--key", path, "--output", tmp_path / "r", names=path)
        ends("attest", "verify", honest, "--receipt", "missing", "--key", path, names=path)
        from alma_safe.attest import keys

        keys.generate(tmp_path / "gate.key", None)
        key = tmp_path / "gate.key.pub"
        ends("attest", "verify", honest, "--receipt", path, "--key", key, names=path)

    def test_design_to_audit(self, ends, special, tmp_path, honest):
        path = special(tmp_path / "it.py")
        ends("audit", path, names=path)
        ends("audit", honest, "--against", path, names=path)

    def test_run(self, ends, special, tmp_path):
        path = special(tmp_path / "run" / "archive.sqlite")
        for command in (("archive", "list"), ("archive", "export"), ("report",)):
            ends(*command, path.parent, names=path.parent)

    def test_toml_of_many_levels(self, run, tmp_path):
        path = tmp_path / "deep.toml"
        path.write_text("x = " + "[" * 50_000)
        code, out, err = run("policy", "check", path)
        assert (code, out) == (2, "")
        assert err.startswith(f"error: {path}: not a TOML file")
