"""The stage over whole designs: honest ones pass, hostile ones do not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.static.conftest import DESIGN, judge_all

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "tests" / "assets"
HONEST = sorted(
    [
        *(ROOT / "designs").glob("*.py"),
        *(ASSETS / "honest").glob("*.py"),
        *(ASSETS / "static" / "accepted").glob("*.py"),
    ]
)
REFUSED = (ASSETS / "static" / "refused.txt").read_text(encoding="utf-8").split("\n###\n")


def header(path: Path) -> dict[str, Any]:
    """The TOML table in the leading comments of a sample."""
    lines = []
    text = path.read_bytes().decode("utf-8-sig", errors="replace").replace("\r", "\n")
    for line in text.split("\n"):
        if not line.startswith("#"):
            break
        lines.append(line[1:].strip())
    while lines:
        try:
            tables = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError:
            # A sample may go on with comments of its own.
            lines.pop()
            continue
        inner = [table for table in tables.values() if isinstance(table, dict)]
        return inner[0] if inner else tables
    return {}


def refused(paths: list[Path]) -> dict[Path, list[str]]:
    results = judge_all(path.read_bytes() for path in paths)
    return {
        path: [f"{f.rule} line {f.line}: {f.message}" for f in result.findings if f.blocks]
        for path, result in zip(paths, results, strict=True)
    }


def test_honest_designs_pass() -> None:
    assert HONEST
    assert {path.name: found for path, found in refused(HONEST).items() if found} == {}


def test_hostile_samples_marked_static_are_refused() -> None:
    paths = [p for p in sorted((ASSETS / "hostile").glob("*.py")) if header(p).get("static")]
    assert {path.name for path, found in refused(paths).items() if not found} == set()


def test_buggy_samples_are_refused_exactly_where_static_can_see_the_bug() -> None:
    paths = sorted((ASSETS / "buggy").glob("*.py"))
    judged = refused(paths)
    expected = {path.name for path in paths if header(path).get("stage") == "static"}
    assert {path.name for path, found in judged.items() if found} == expected


def test_tricks_are_refused() -> None:
    sources = []
    for snippet in REFUSED:
        first, _, rest = snippet.partition("\n")
        is_future = first.startswith("from __future__")
        text = f"{first}\n{DESIGN}\n{rest}\n" if is_future else f"{DESIGN}\n{snippet}\n"
        sources.append(text.encode("utf-8"))
    results = judge_all(sources)
    passed = [
        snippet
        for snippet, result in zip(REFUSED, results, strict=True)
        if not any(finding.blocks for finding in result.findings)
    ]
    assert len(REFUSED) > 150
    assert passed == []


@pytest.mark.parametrize("name", ["hostile", "buggy"])
def test_samples_carry_a_header(name: str) -> None:
    without = [p.name for p in sorted((ASSETS / name).glob("*.py")) if not header(p)]
    assert without == []
