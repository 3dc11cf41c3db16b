"""Files that commands write: whole or not at all, and never over what was read."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from alma_safe.cli.output import OutputFile
from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.search.archive import Archive
from tests.cli.test_search import ran
from tests.search.makers import settings

STATIC = ("verify", "--stages", "static")
KNOWN = 'schema = "alma-safe/known/v1"\n'
BASE = (
    'schema = "alma-safe/policy/v1"\nname = "base"\nextends = "strict"\n'
    '[broker]\nprices = "prices.toml"\n'
)
POLICY = 'schema = "alma-safe/policy/v1"\nname = "mine"\nextends = "base"\n'
RISK_TABLE = Path("designs/risk_table.py").resolve()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the working one, with one of each that a command may read."""
    shutil.copy(RISK_TABLE, tmp_path / "design.py")
    shutil.copy(RISK_TABLE, tmp_path / "before.py")
    shutil.copy(RISK_TABLE, tmp_path / "design.svg")
    (tmp_path / "base.toml").write_text(BASE)
    (tmp_path / "policy.toml").write_text(POLICY)
    shutil.copy("policies/prices.toml", tmp_path)
    (tmp_path / "known.toml").write_text(KNOWN)
    (tmp_path / "trust.json").write_text("{}")
    shutil.copytree("envs/textworld", tmp_path / "mine")
    with Archive.create(tmp_path / "run", settings()):
        pass
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize(
    "arguments",
    [
        (*STATIC, "design.py", "--output", "design.py"),
        (*STATIC, ".", "--output", "before.py"),
        (*STATIC, "design.py", "--write", "json=design.py"),
        (*STATIC, "design.py", "--policy", "policy.toml", "--output", "policy.toml"),
        (*STATIC, "design.py", "--policy", "./policy.toml", "--write", "html=policy.toml"),
        (*STATIC, "design.py", "--policy", "policy.toml", "--output", "base.toml"),
        (*STATIC, "design.py", "--policy", "policy.toml", "--output", "prices.toml"),
        (*STATIC, "design.py", "--known", "known.toml", "--output", "mine/../known.toml"),
        (*STATIC, "design.py", "--domain", "./mine", "--output", "mine/recorder.toml"),
        (*STATIC, "design.py", "--changed-since", "HEAD", "--output", "design.py"),
        ("audit", "design.py", "--output", "design.py"),
        ("audit", "design.py", "--against", "before.py", "--output", "before.py"),
        ("audit", "design.py", "--policy", "policy.toml", "--output", "policy.toml"),
        ("audit", "design.py", "--domain", "./mine", "--output", "mine/pack.toml"),
        ("evaluate", "design.py", "--domain", "textworld", "--output", "design.py"),
        ("evaluate", "design.svg", "--domain", "textworld", "--plot", "design.svg"),
        ("evaluate", "design.py", "--compare", "design.svg", "--domain", "textworld",
         "--plot", "design.svg"),
        ("evaluate", "design.py", "--against", "before.py", "--domain", "textworld",
         "--output", "before.py"),
        ("evaluate", "design.py", "--domain", "textworld", "--policy", "policy.toml",
         "--output", "policy.toml"),
        ("evaluate", "design.py", "--domain", "textworld", "--also", "domain=./mine",
         "--output", "mine/pack.toml"),
        ("report", "run", "--output", "run/archive.sqlite"),
        ("archive", "export", "run", "--output", "run/archive.sqlite"),
        ("report", "run", "--output", "run/designs/report.html"),
        ("archive", "export", "./run/", "--output", "mine/../run/archive.sqlite-wal"),
        ("archive", "export", "run", "--output", "run/lock"),
    ],
)  # fmt: skip
def test_no_command_overwrites_what_it_reads(
    files: Path, run, gate, sandbox, arguments: tuple[str, ...]
) -> None:
    if "--plot" in arguments:
        pytest.importorskip("matplotlib")
    before = contents(files)
    code, out, err = run(*arguments)
    assert (code, out) == (2, ""), err
    option = next(each for each in ("--write", "--plot", "--output") if each in arguments)
    error, hint = err.splitlines()
    assert error.startswith(f"error: {option} ")
    assert "would overwrite" in error
    assert hint.startswith("hint: give ")
    assert contents(files) == before
    assert gate.made == []


@pytest.mark.parametrize(
    "output", ["gate.key", "gate.key.pub", "design.py", "policy.toml", "mine/recorder.toml"]
)
def test_a_receipt_overwrites_neither_key_nor_design(files: Path, run, gate, output: str) -> None:
    pytest.importorskip("securesystemslib")
    assert run("attest", "keygen", "--output", "gate.key")[0] == 0
    before = contents(files)
    code, _, err = run(
        "attest", "sign", "design.py", "--key", "gate.key", "--policy", "policy.toml",
        "--domain", "./mine", "--output", output,
    )  # fmt: skip
    assert code == 2
    assert f"--output {output} would overwrite " in err
    assert contents(files) == before
    assert gate.made == []


def test_the_file_of_a_redirected_standard_input_is_not_overwritten(files: Path) -> None:
    before = contents(files)
    with open("design.py") as source:
        found = subprocess.run(
            [sys.executable, "-m", "alma_safe", *STATIC, "-", "--output", "design.py"],
            stdin=source, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert found.returncode == 2
    assert "would overwrite a design" in found.stderr
    assert contents(files) == before


def test_another_name_of_the_same_file_is_the_same_file(files: Path, run, gate) -> None:
    os.link("design.py", "hard.py")
    os.symlink("design.py", "soft.py")
    for name in ("hard.py", "soft.py"):
        assert run(*STATIC, "design.py", "--output", name)[0] == 2
    assert gate.made == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--output", "out", "--write", "json=out"),
        ("--write", "json=out", "--write", "html=mine/../out"),
    ],
)
def test_two_reports_in_one_file_are_refused(files: Path, run, gate, arguments) -> None:
    code, _, err = run(*STATIC, "design.py", *arguments)
    assert code == 2
    assert f"would overwrite what {arguments[0]} writes" in err
    assert not Path("out").exists()
    assert gate.made == []


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ((*STATIC, "design.py", "--output", "-"), "leave --output out"),
        ((*STATIC, "design.py", "--write", "json=-"), "--format json writes it to"),
        (("audit", "design.py", "--output", "-"), "leave --output out"),
        (("report", "run", "--output", "-"), "leave --output out"),
        (("archive", "export", "run", "--output", "-"), "leave --output out"),
        (("evaluate", "design.py", "--domain", "textworld", "--output", "-"), "--format json"),
    ],
)
def test_a_dash_is_no_file(files: Path, run, gate, arguments, hint: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert f"hint: {hint}" in err
    assert not Path("-").exists()


def test_a_folder_without_a_run_is_not_called_one(files: Path, run) -> None:
    code, _, err = run("report", ".", "--output", "report.html")
    assert code == 2
    assert "holds no run" in err


@pytest.mark.parametrize("option", ["--output", "--write", "--plot"])
def test_refusals_name_the_option_that_was_given(tmp_path: Path, option: str) -> None:
    with pytest.raises(UsageError) as refused:
        OutputFile(str(tmp_path), option)
    assert refused.value.hint.startswith(f"give {option} ")


def test_what_was_private_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")
    path.chmod(0o600)
    OutputFile(str(path)).write("new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_killed_process_left_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / f".alma-safe-{os.getpid()}.part").write_text("half")
    OutputFile(str(tmp_path / "report")).write("whole")
    assert (tmp_path / "report").read_text() == "whole"


def test_a_file_that_does_not_fit_is_a_fault_of_the_host(tmp_path: Path) -> None:
    """A limit on the size of files, which fails as a full disk does: while it is written."""
    path = tmp_path / "report"
    path.write_text("old")
    file = OutputFile(str(path), "--plot")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, before[1]))
    try:
        with pytest.raises(InfrastructureError) as failed:
            file.write("new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert failed.value.message == f"cannot write {path}: File too large"
    assert "or give --plot a file elsewhere" in failed.value.hint
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report"]


def test_a_full_device_as_standard_output_is_a_fault_of_the_host(files: Path) -> None:
    with open("/dev/full", "w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "alma_safe", *STATIC, "design.py"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert found.returncode == 3
    assert "No space left" in found.stderr
    assert "hint: make room" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((*STATIC, "design.py", "--policy", ""), "a policy"),
        ((*STATIC, "design.py", "--domain", ""), "a domain"),
        (("audit", "design.py", "--policy", ""), "a policy"),
        (("audit", "design.py", "--domain", " "), "a domain"),
        (("evaluate", "design.py", "--domain", ""), "a domain"),
        (("attest", "sign", "design.py", "--key", "k", "--output", "r", "--domain", ""),
         "a domain"),
        (("policy", "check", ""), "a policy"),
    ],
)  # fmt: skip
def test_an_empty_name_is_told_as_one(files: Path, run, arguments, what: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert f"expected the name or path of {what}, found nothing" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "-"),
        ("audit", "mine"),
        ("audit", "design.py", "--against", "mine"),
        ("attest", "sign", "-", "--key", "gate.key", "--output", "r"),
        ("attest", "verify", "-", "--receipt", "r", "--key", "gate.key.pub"),
    ],
)
def test_hints_offer_only_what_the_command_takes(files: Path, run, arguments) -> None:
    if arguments[0] == "attest":
        pytest.importorskip("securesystemslib")
        run("attest", "keygen", "--output", "gate.key")
    code, _, err = run(*arguments)
    assert code == 2
    assert "hint: give the path of one design, a file on disk\n" in err
    assert "glob" not in err


def test_an_export_says_where_it_is(files: Path) -> None:
    found = ran("archive", "export", str(files / "run"), "--output", str(files / "run.json"))
    assert found.returncode == 0, found.stderr
    assert found.stderr == f"written: {files / 'run.json'}\n"
