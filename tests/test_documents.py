"""What the documents name is there."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest

from alma_safe.policy import _SECTIONS
from scripts.reference import policy
from scripts.reference.__main__ import pages

ROOT = Path(__file__).resolve().parents[1]


def names_of_tests() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        if "assets" in path.parts:
            continue
        found.add(path.name)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return found


def test_every_proof_of_containment_is_there() -> None:
    text = (ROOT / "docs" / "containment.md").read_text(encoding="utf-8")
    samples = {path.stem for path in (ROOT / "tests" / "assets" / "hostile").glob("*.py")}
    known = samples | names_of_tests()
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) > 40
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.rpartition(" | ")[2])}
    assert len(named & samples) >= 150
    assert named - known == set()
    elsewhere = set(re.findall(r"`(test_\w+(?:\.py)?)`", text))
    assert elsewhere - known == set()


@pytest.mark.parametrize("path", list(pages()), ids=lambda path: path.name)
def test_pages_made_from_the_code_are_what_the_code_says(path: Path) -> None:
    assert path.read_text("utf-8") == pages()[path], "run `make docs`"


def test_every_key_of_the_policy_says_what_it_means() -> None:
    told = policy.comments()
    assert told.keys() == _SECTIONS.keys()
    for name, section in _SECTIONS.items():
        keys = told[name][1]
        assert keys.keys() == {field.name for field in dataclasses.fields(section)}
        assert all(len(text) > 5 for text in keys.values()), name


@pytest.mark.parametrize("name", ["strict", "standard"])
def test_shipped_policies_keep_to_their_schema(name: str) -> None:
    schema = json.loads(policy.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    tables = tomllib.loads((ROOT / "policies" / f"{name}.toml").read_text("utf-8"))
    jsonschema.validate(tables, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**tables, "static": {"wran": []}}, schema)


@pytest.mark.slow
def test_the_site_is_made_and_no_link_leads_nowhere(tmp_path: Path) -> None:
    """Sphinx refuses a link to a document, a file or a heading that is not there."""
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            "-c",
            "docs",
            "-b",
            "html",
            "-d",
            str(tmp_path / "trees"),
            ".",
            str(tmp_path / "site"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "site" / "docs" / "index.html").is_file()


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("# One\n\n[two](index.md#three) [four](five.md)\n")
    shutil.copy(ROOT / "docs" / "conf.py", tmp_path)
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            "-b",
            "html",
            "-D",
            "root_doc=index",
            str(tmp_path),
            str(tmp_path / "site"),
        ],
        capture_output=True,
        text=True,
    )
    assert made.returncode != 0
    assert made.stderr.count("xref_missing") == 2
