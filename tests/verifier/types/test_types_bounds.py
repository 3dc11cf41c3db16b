"""Hostile text: suppressions, bombs, the files around the gate, and the cache."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_safe.cache import cache_root
from alma_safe.design import Design
from alma_safe.errors import ToolFailure
from alma_safe.policy import Policy, load_policy
from alma_safe.report import StageResult, Status
from alma_safe.verifier.types import stage as types_stage
from alma_safe.verifier.types import workers
from alma_safe.verifier.types.driver import neutralised
from alma_safe.verifier.types.stage import TypesStage, warm

type Check = Callable[[str], StageResult]

MEMORY = """\
from agents.memo_structure import MemoStructure
class Memory(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}
    async def general_update(self, recorder):
        return None
"""


def quick(timeout_s: float = 2.0, memory_mb: int = 1024) -> Policy:
    policy = load_policy()
    types = dataclasses.replace(policy.types, timeout_s=timeout_s, memory_mb=memory_mb)
    return dataclasses.replace(policy, types=types)


def run(source: str, policy: Policy) -> StageResult:
    return asyncio.run(TypesStage(policy).run(Design.from_bytes(source.encode())))


def rules(result: StageResult) -> list[str]:
    return [finding.rule for finding in result.findings if finding.blocks]


@pytest.mark.parametrize("module", ["driver", "resident"])
def test_mypys_processes_run_nothing_of_the_host_but_what_is_named(module):
    # A .pth file among the installed packages is code that site would run in each of them.
    interpreter = itertools.takewhile(lambda part: part != "-c", workers.command(module))
    flags = "import sys; print('site' in sys.modules, sys.flags.isolated)"
    ran = subprocess.run([*interpreter, "-c", flags], capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() == ["False", "1"]


@pytest.mark.parametrize(
    "source",
    [
        "nowhere  # type: ignore\n",
        "nowhere  # type: ignore[name-defined]\n",
        "nowhere  #type:ignore\n",
        "nowhere  # text # type: ignore\n",
        "# type: ignore\nnowhere\n",
        "# mypy: ignore-errors\nnowhere\n",
        "# mypy: ignore-errors=True, disable-error-code=name-defined\nnowhere\n",
        '"""\n# mypy: ignore-errors\n"""\nnowhere\n',
        "#\ttype: ignore\nnowhere\n",
        "nowhere  # noqa\n",
    ],
)
def test_suppressions_have_no_effect(source: str, check: Check) -> None:
    assert rules(check(source + MEMORY)) == ["mypy.name-defined"]


def test_switching_directives_off_keeps_every_place() -> None:
    source = "x = 1  # type: int\n# mypy: strict\ny = '#type: z'\n"
    changed = neutralised(source)
    assert [len(line) for line in changed.split("\n")] == [len(line) for line in source.split("\n")]
    assert "type:" not in changed
    assert "mypy:" not in changed


@pytest.mark.parametrize(
    "bomb",
    [
        "from typing import Final\nA: Final = 9\nB: Final = A ** 999999999\n",
        "a0 = (1,)\n" + "".join(f"a{i + 1} = (a{i}, a{i})\n" for i in range(40)),
    ],
    ids=["constant folding", "growing types"],
)
def test_bomb_runs_out_of_time_or_memory_and_is_refused(bomb: str) -> None:
    # Which of its limits it meets first depends on how fast the processor is.
    assert rules(run(bomb + MEMORY, quick())) in (["mypy.timeout"], ["mypy.crash"])


def test_memory_bomb_is_refused() -> None:
    doubled = "".join(f"A{i + 1}: Final = A{i} + A{i}\n" for i in range(30))
    source = f"from typing import Final\nA0: Final = 'x' * 1000\n{doubled}{MEMORY}"
    assert rules(run(source, quick(10.0, 400))) == ["mypy.crash"]


@pytest.mark.parametrize(
    "expression",
    ["-" * 20000 + "1", "a" + ".b" * 20000, "+".join(["1"] * 20000)],
    ids=["unary", "attributes", "sum"],
)
def test_expression_that_crashes_mypy_is_refused(expression: str, check: Check) -> None:
    assert rules(check(f"a = 1\nx = {expression}\n{MEMORY}")) == ["mypy.crash"]


def test_flood_of_errors_is_refused(check: Check) -> None:
    source = "x = '" + "{}" * 30000 + "'.format(1)\n"
    assert rules(check(source + MEMORY)) == ["mypy.crash"]


def test_warnings_of_one_kind_are_condensed(check: Check) -> None:
    source = "".join(f"v{i}: int = 'x'\n" for i in range(300))
    result = check(source + MEMORY)
    assert result.status is Status.PASSED
    assert len(result.findings) == 3
    assert "and 298 more" in result.findings[-1].message


@pytest.mark.parametrize("source", ["", "x = 1\n", "x = (\n", "\0", "\ufeffx = 1\n", "\x0c\n"])
def test_any_text_gets_a_verdict(source: str, check: Check) -> None:
    assert check(source).status in (Status.PASSED, Status.FAILED)


def test_bytes_that_are_not_text_are_refused() -> None:
    design = Design.from_bytes(b"x = '\xff\xfe'\n")
    assert asyncio.run(TypesStage(load_policy()).run(design)).status is Status.FAILED


def test_nothing_of_the_working_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Check
) -> None:
    (tmp_path / "mypy.ini").write_text("[mypy]\nignore_errors = True\nplugins = evil\n")
    (tmp_path / "pyproject.toml").write_text("[tool.mypy]\nignore_errors = true\n")
    for name in ("sitecustomize", "usercustomize", "mypy", "json", "evil", "helper"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(7)\nVALUE = 1\n")
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "memo_structure.pyi").write_text("class MemoStructure: ...\n")
    monkeypatch.chdir(tmp_path)
    for name in ("MYPYPATH", "PYTHONPATH", "MYPY_CONFIG_FILE_DIR", "HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "evil.py"))
    result = check("import helper\nnowhere\n" + MEMORY)
    assert rules(result) == ["mypy.name-defined"]
    assert any("helper" in finding.message for finding in result.findings)
    assert not (tmp_path / ".mypy_cache").exists()


def test_design_finds_the_contract_and_nothing_else_of_the_package(check: Check) -> None:
    source = (
        "import alma_safe.contract\nfrom alma_safe.contract import Nothing\n"
        "import alma_safe.policy\nimport pytest\nimport design\n"
    )
    messages = " ".join(finding.message for finding in check(source + MEMORY).findings)
    assert '"alma_safe.contract" has no attribute "Nothing"' in messages
    assert '"alma_safe.policy"' in messages
    assert '"pytest"' in messages
    assert '"alma_safe.contract"  [import' not in messages


def test_design_leaves_nothing_in_the_cache(check: Check) -> None:
    check("class Marker_of_this_test: ...\nimport colorsys\n" + MEMORY)
    files = [path for path in cache_root().rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if "design" in path.name]
    assert not [path for path in files if b"Marker_of_this_test" in path.read_bytes()]


def test_damaged_cache_is_not_held_against_a_design(check: Check) -> None:
    check(MEMORY)
    damaged = [path for path in cache_root().rglob("*.ff") if "contract" in path.name]
    assert damaged
    for path in damaged:
        status = path.stat()
        path.write_bytes(b"\x00garbage" * 10)
        os.utime(path, (status.st_atime, status.st_mtime))
    assert check(MEMORY).status is Status.PASSED
    for path in damaged:
        path.unlink(missing_ok=True)


def test_two_cold_gates_share_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    gates = TypesStage(load_policy()), TypesStage(load_policy())

    async def both() -> list[StageResult]:
        design = Design.from_bytes(MEMORY.encode())
        return await asyncio.gather(*(gate.run(design) for gate in gates))

    assert [result.status for result in asyncio.run(both())] == [Status.PASSED] * 2


def test_unusable_cache_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path / "file"))
    assert run(MEMORY, load_policy()).status is Status.PASSED


def test_warming_fills_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    warm(load_policy())
    folders = list(tmp_path.iterdir())
    assert len(folders) == 1
    assert not stat.S_IMODE(folders[0].stat().st_mode) & 0o022
    assert list(folders[0].rglob("contract.meta*"))


def test_missing_mypy_is_not_a_verdict(monkeypatch: pytest.MonkeyPatch, check: Check) -> None:
    monkeypatch.setattr(types_stage.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolFailure, match="mypy is not installed"):
        check(MEMORY)


def test_broken_mypy_is_not_a_verdict(monkeypatch: pytest.MonkeyPatch, check: Check) -> None:
    monkeypatch.setattr(
        types_stage, "command", lambda module: [sys.executable, "-c", "raise SystemExit(9)"]
    )
    with pytest.raises(ToolFailure, match="mypy is broken"):
        check(MEMORY)


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("os.kill(os.getpid(), 9)", "killed by signal 9"),
        ("os._exit(9)", "exit status 9"),
        ("os._exit(0)", "its answer was cut off"),
    ],
)
def test_an_answer_that_is_cut_off_is_a_fault_of_its_run(ending, told, monkeypatch, check):
    cut_off = f'import os; os.write(1, b\'{{}}\\n{{"code": "x\'); {ending}'
    monkeypatch.setattr(types_stage, "command", lambda module: [sys.executable, "-c", cut_off])
    with pytest.raises(ToolFailure, match=f"mypy is broken: {told}"):
        check(MEMORY)


def test_usage_is_reported(check: Check) -> None:
    usage = check(MEMORY).usage
    assert 0 < usage["cpu_s"] < 10
    assert usage["peak_memory_bytes"] > 10_000_000
