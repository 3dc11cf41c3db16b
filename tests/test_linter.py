"""Finding ruff where it was installed, and nowhere else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from alma_safe.errors import ToolFailure
from alma_safe.linter import find_binary

PROGRAM = "#!/bin/sh\n"


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROGRAM)
    path.chmod(0o755)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An interpreter with no ruff beside it, whose packages may come from below ``tmp_path``."""
    spec = importlib.util.find_spec("ruff")
    assert spec is not None
    assert spec.origin is not None

    def get_path(name: str, scheme: str = "", **_: object) -> str:
        of_user = scheme == sysconfig.get_preferred_scheme("user")
        return str(tmp_path / ("user/bin" if of_user else "interpreter"))

    monkeypatch.setattr(sysconfig, "get_path", get_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "interpreter" / "python"))
    loaded = {name: sys.modules.pop(name) for name in ("ruff", "ruff._find_ruff")
              if name in sys.modules}  # fmt: skip
    yield Path(spec.origin).parent
    for name in ("ruff", "ruff._find_ruff"):
        sys.modules.pop(name, None)
    sys.modules.update(loaded)


@pytest.mark.parametrize("home", ["user", "prefix"])
def test_what_pip_installs_for_one_user_or_below_a_prefix_is_found(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # A user's packages lie elsewhere on some systems; the scheme knows the programs' folder.
    below = Path("lib", version, "site-packages") if home == "prefix" else Path("packages")
    packages = tmp_path / home / below
    shutil.copytree(elsewhere, packages / "ruff", ignore=shutil.ignore_patterns("__pycache__"))
    binary = program(tmp_path / home / "bin" / "ruff")
    monkeypatch.setattr(sys, "path", [str(packages), *sys.path])
    assert Path(find_binary()) == binary


def test_the_one_beside_the_interpreter_is_taken_without_asking(
    tmp_path: Path, elsewhere: Path
) -> None:
    binary = program(tmp_path / "interpreter" / "ruff")
    assert Path(find_binary()) == binary
    assert "ruff" not in sys.modules


@pytest.mark.parametrize("kind", ["package", "module"])
def test_nothing_of_the_folder_that_we_are_run_from_is_run(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    checkout = tmp_path / "checkout"
    program(checkout / "bin" / "ruff")
    code = checkout / ("ruff/__init__.py" if kind == "package" else "ruff.py")
    code.parent.mkdir(exist_ok=True)
    code.write_text(f"def find_ruff_bin():\n    return {str(checkout / 'bin' / 'ruff')!r}\n")
    monkeypatch.chdir(checkout)
    monkeypatch.setenv("PATH", f".{os.pathsep}bin{os.pathsep}{checkout / 'bin'}")
    for entry in (str(checkout), ""):
        monkeypatch.setattr(sys, "path", [entry, *sys.path])
        importlib.invalidate_caches()
        with pytest.raises(ToolFailure, match="not installed"):
            find_binary()
    assert "ruff" not in sys.modules
