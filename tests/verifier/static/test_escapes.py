"""Ways out by ordinary names: each works where nothing guards it, and the stage refuses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.verifier.static import escape_proof
from tests.verifier.static.conftest import DESIGN, judge_all

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = sorted((ROOT / "tests" / "assets" / "static" / "escapes").glob("*.py"))


def test_every_escape_is_refused() -> None:
    sources = [f"{DESIGN}\n{path.read_text(encoding='utf-8')}".encode() for path in SAMPLES]
    results = judge_all(sources)
    passed = [
        path.stem
        for path, result in zip(SAMPLES, results, strict=True)
        if not any(finding.blocks for finding in result.findings)
    ]
    assert len(SAMPLES) > 100
    assert passed == []


def test_every_escape_works_where_nothing_guards_it(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", escape_proof.__name__, str(tmp_path), *map(str, SAMPLES)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    gained = dict(json.loads(line) for line in told.stdout.splitlines())
    promised = {
        path.stem: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# gained: ")
        for path in SAMPLES
    }
    assert gained == promised
