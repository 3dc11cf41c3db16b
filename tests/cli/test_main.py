from __future__ import annotations

import pytest

from alma_safe import __version__
from alma_safe.cli.options import STAGE_NAMES
from alma_safe.report import STAGES


def test_version(run):
    assert run("--version") == (0, f"alma-safe {__version__}\n", "")


def test_help_names_every_command_and_the_exit_codes(run):
    code, out, _ = run("--help")
    assert code == 0
    for word in ("verify", "explain", "doctor", "setup", "exit codes"):
        assert word in out


@pytest.mark.parametrize("command", ["verify", "explain", "doctor", "setup"])
def test_every_command_has_help(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert out.startswith(f"usage: alma-safe {command}")


def test_no_command_is_a_usage_error(run):
    code, out, err = run()
    assert (code, out) == (2, "")
    assert err.startswith("usage: alma-safe")


def test_unknown_command_is_a_usage_error(run):
    assert run("frobnicate")[0] == 2


def test_stage_names_are_those_of_the_report():
    assert STAGE_NAMES == STAGES


def test_setup_prepares_and_talks_to_stderr(run, monkeypatch):
    import alma_safe.sandbox.setup
    import alma_safe.verifier.warm

    monkeypatch.setattr(alma_safe.sandbox.setup, "prepare", lambda say: say("staging"))
    monkeypatch.setattr(alma_safe.verifier.warm, "warm", lambda policy, say: say(policy.name))
    code, out, err = run("setup")
    assert (code, out) == (0, "")
    assert err.startswith("staging\nstrict\nready")


def test_setup_that_fails_exits_3(run, monkeypatch):
    import alma_safe.sandbox.setup
    from alma_safe.errors import InfrastructureError

    def fail(say):
        raise InfrastructureError("cannot reach the package index", hint="check the network")

    monkeypatch.setattr(alma_safe.sandbox.setup, "prepare", fail)
    code, _, err = run("setup")
    assert code == 3
    assert err == "error: cannot reach the package index\nhint: check the network\n"


@pytest.mark.parametrize("name", ["--known=k/designs/x.py", "--fresh", "-x.py"])
def test_a_name_of_a_file_is_no_option(run, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("import os\n")
    code, out, err = run("verify", name, "designs")
    assert (code, out) == (2, "")
    assert "the name of a file" in err
    code, out, err = run("verify", "--stages", "static", "--", name)
    assert code == 1, err
    assert name in out
