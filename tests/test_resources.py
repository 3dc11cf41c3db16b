from __future__ import annotations

from pathlib import Path

import pytest

from alma_safe import resources
from alma_safe.resources import resource_dir


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("policies", "strict.toml"),
        ("policies", "seccomp.kafel"),
        ("designs", "no_memory.py"),
        ("envs", "textworld/recorder.toml"),
        ("rules", "P101/refused.py"),
    ],
)
def test_shipped_files_are_found(name: str, file: str) -> None:
    assert (resource_dir(name) / file).is_file()


def test_files_inside_the_package_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_resources" / "rules").mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert resource_dir("rules") == tmp_path / "_resources" / "rules"
    assert resource_dir("policies") == tmp_path.parent / "policies"
