"""Systems that are no Linux: what takes no guest works without what Linux alone has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LACKING = """
import fcntl, os, resource, signal, socket, sys, time
for module, names in (
    (fcntl, [name for name in vars(fcntl) if "SEAL" in name]),
    (os, ["sched_getaffinity", "memfd_create", "MFD_CLOEXEC", "MFD_ALLOW_SEALING", "pidfd_open"]),
    (os, ["unshare", "setns", "eventfd"]),
    (resource, ["prlimit"]),
    (signal, ["pidfd_send_signal", "SIGPWR", "SIGSTKFLT"]),
    (socket, ["SCM_CREDENTIALS", "SO_PASSCRED"]),
    (time, ["CLOCK_BOOTTIME"]),
):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
"""

INTERPRETER = """#!{python} -IS
import os, sys
program = sys.argv.index("-c") + 1
sys.argv[program] = {preamble!r} + sys.argv[program]
os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""


@pytest.fixture
def elsewhere(tmp_path):
    """Run the command in an interpreter that lacks what Linux alone has, its workers too."""
    interpreter = tmp_path / "python"
    text = INTERPRETER.format(python=sys.executable, preamble=LACKING)
    interpreter.write_text(text)
    interpreter.chmod(0o755)
    command = f"{LACKING}sys.executable = {str(interpreter)!r}\n"
    command += "from alma_safe.cli.main import main\nmain()\n"

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", command, *map(str, arguments)],
            cwd=ROOT, env={**os.environ, "ALMA_SAFE_CACHE": str(tmp_path / "cache")},
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip

    return run


def test_what_takes_no_guest_is_judged_without_the_names_of_linux(elsewhere, tmp_path):
    buggy = tmp_path / "buggy.py"
    buggy.write_text("import os\nnowhere\n")
    honest = (ROOT / "designs" / "no_memory.py", ROOT / "designs" / "risk_table.py")
    ended = elsewhere("verify", "--stages", "static,types", "--format", "json", *honest)
    assert (ended.returncode, ended.stderr) == (0, "")
    stages = [each["stages"] for each in json.loads(ended.stdout)["designs"]]
    assert [[stage["status"] for stage in each[:2]] for each in stages] == [["passed"] * 2] * 2
    assert elsewhere("verify", "--stages", "static,types", buggy).returncode == 1


@pytest.mark.parametrize("command", ["audit", "evaluate", "search", "attest", "doctor", "setup"])
def test_every_command_can_be_asked_for_help(elsewhere, command):
    assert elsewhere(command, "--help").returncode == 0


APPLE = """
import resource, sys
limit = resource.setrlimit
def setrlimit(kind, limits):
    if kind == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    limit(kind, limits)
resource.setrlimit = setrlimit
from alma_safe.verifier.bounded import serving
from alma_safe.verifier.types import driver
sys.platform = sys.argv[1]
for bound in (serving._limit_memory, lambda: driver.limit(64, 9)):
    try:
        bound()
        print("bounded", resource.getrlimit(resource.RLIMIT_CORE)[0])
    except ValueError:
        print("refused")
"""


@pytest.mark.parametrize(
    ("platform", "told"), [("darwin", ["bounded 0"] * 2), ("linux", ["refused"] * 2)]
)
def test_a_limit_that_only_linux_takes_is_required_there_alone(platform, told):
    ended = subprocess.run(
        [sys.executable, "-c", APPLE, platform],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout.splitlines() == told


def test_modules_of_the_wall_can_be_imported(elsewhere):
    """Where containers do it, only what is of jails alone may lack something, when it is used."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "alma_safe").rglob("*.py"))
        if not {"guest", "stubs", "_resources"} & set(path.parts) and "__" not in path.name
    ]
    importing = f"{LACKING}from importlib import import_module\nfor name in {names!r}:\n"
    importing += "    import_module(name)\n"
    ended = subprocess.run(
        [sys.executable, "-c", importing], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
