from __future__ import annotations

import json
from pathlib import Path

import pytest

from alma_safe.policy import load_policy
from tests.cli.test_search import ran

MINE = """
schema = "alma-safe/policy/v1"
name = "mine"
extends = "strict"

[types]
block = ["override"]

[execution]
max_memory_mb = 100
"""
REFUSED = "tests/assets/buggy/missing_await_on_layer.py"


@pytest.fixture
def mine(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return str(path)


def test_a_policy_that_can_be_used_is_named_with_its_digest(mine: str) -> None:
    found = ran("policy", "check", mine)
    assert found.returncode == 0
    assert found.stdout == f"mine  {load_policy(mine).digest}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MINE.replace("max_memory_mb", "max_memory"), "max_memory"),
        (MINE.replace("100", "0"), "above zero"),
        (MINE.replace("strict", "lax"), "no policy named lax"),
        ("not toml [", "not a TOML file"),
    ],
)
def test_a_policy_that_cannot_be_used_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    found = ran("policy", "check", str(path))
    assert found.returncode == 2
    assert told in found.stderr


@pytest.mark.parametrize(
    "command", [("policy", "check"), ("verify", "--stages", "static,types", REFUSED, "--policy")]
)
def test_a_seccomp_text_that_no_wall_takes_is_told_before_anything_is_judged(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "own.kafel").write_text("garbage {")
    (tmp_path / "own.toml").write_text(f'{MINE}\n[sandbox]\nseccomp = "own.kafel"\n')
    found = ran(*command, str(tmp_path / "own.toml"))
    assert (found.returncode, found.stdout) == (2, "")
    assert "own.kafel: seccomp policy, line 1" in found.stderr


def test_all_that_a_policy_amounts_to_is_shown(mine: str) -> None:
    text = ran("policy", "show", mine).stdout
    assert "execution.max_memory_mb = 100" in text
    assert "types.block = override\n" in text
    assert "properties.examples = 25" in text
    whole = json.loads(ran("policy", "show", mine, "--format", "json").stdout)
    assert whole["execution"]["max_memory_mb"] == 100
    assert "math" in whole["import_table"]
    assert "KILL" in whole["seccomp_text"]


def test_two_policies_are_compared_key_by_key(mine: str) -> None:
    found = ran("policy", "diff", "strict", mine)
    assert found.returncode == 0
    assert "- execution.max_memory_mb = 384\n+ execution.max_memory_mb = 100\n" in found.stdout
    assert "- types.block: unused-coroutine\n" in found.stdout
    assert "override" not in found.stdout
    assert ran("policy", "diff", "strict", "strict").stdout == "the same rules and limits\n"


def test_designs_that_they_judge_otherwise_are_named(mine: str) -> None:
    asked = ("--designs", REFUSED, "designs/no_memory.py", "--stages", "static,types")
    looser = ran("policy", "diff", "strict", mine, *asked)
    assert (
        f"newly admitted: {REFUSED}: rejected -> partial (mypy.unused-coroutine)" in looser.stdout
    )
    assert "1 of 2 designs" in looser.stderr
    tighter = ran("policy", "diff", mine, "strict", *asked)
    assert f"newly refused: {REFUSED}: partial -> rejected" in tighter.stdout
    same = ran("policy", "diff", "strict", "standard", *asked)
    assert "the same verdict on every design" in same.stdout


def test_without_an_action_there_is_a_usage_error() -> None:
    assert ran("policy").returncode == 2


NESTED = """
schema = "alma-safe/policy/v1"
name = "nested"
extends = "mine"

[types]
memory_mb = 500  # our builders are small

[broker]
models = { "*" = "gpt-5-nano/low" }
"""


def test_a_policy_is_shown_as_one_file_with_all_comments(mine: str, tmp_path: Path) -> None:
    nested = tmp_path / "nested.toml"
    nested.write_text(NESTED)
    found = ran("policy", "show", str(nested), "--format", "toml")
    assert found.returncode == 0
    whole = tmp_path / "whole.toml"
    whole.write_text(found.stdout)
    assert "extends" not in found.stdout
    # Another file, which stands alone and amounts to the same.
    assert load_policy(str(whole)).digest == load_policy(str(nested)).digest
    assert "max_memory_mb = 100 # changed by mine.toml: peak of the guest" in found.stdout
    assert "memory_mb = 500 # changed by nested.toml: our builders are small" in found.stdout
    assert "# mypy's error codes that refuse a design." in found.stdout
    assert found.stdout.startswith(
        f"# nested: all that it amounts to. {load_policy(str(nested)).digest}"
    )


@pytest.mark.parametrize("name", ["strict", "standard"])
def test_shipped_policies_are_shown_as_files_that_amount_to_the_same(
    name: str, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.toml"
    whole.write_text(ran("policy", "show", name, "--format", "toml").stdout)
    assert load_policy(str(whole)).digest == load_policy(name).digest


def test_a_policy_that_is_shown_can_be_saved_anywhere(tmp_path: Path) -> None:
    (tmp_path / "mine-imports.toml").write_text('schema = "alma-safe/imports/v1"\nmath = "sqrt"\n')
    named = tmp_path / "named.toml"
    named.write_text(
        'schema = "alma-safe/policy/v1"\nname = "named"\nextends = "strict"\n'
        '[static]\nimports = "mine-imports.toml"  # few\n'
    )
    whole = tmp_path / "elsewhere" / "whole.toml"
    whole.parent.mkdir()
    whole.write_text(ran("policy", "show", str(named), "--format", "toml").stdout)
    assert load_policy(str(whole)).digest == load_policy(str(named)).digest
    assert "# changed by named.toml: few" in whole.read_text()
