"""The installed ruff, asked for what it knows: its rules and what can be selected."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from alma_safe.errors import ToolFailure

_TIMEOUT_S = 30.0


def find_binary() -> str:
    """Path of the ruff executable. Raises ToolFailure when it is not installed."""
    name = "ruff.exe" if os.name == "nt" else "ruff"
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        candidate = os.path.join(folder, name)
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    return _told_by_ruff() or _missing()


def _told_by_ruff() -> str:
    """Where ruff's own package says that it is, as after ``pip install --user``; '': nowhere.

    Never somewhere on PATH, and no package of that name in the folder that we are run from
    is asked: whose that is, could choose what lints its designs.
    """
    import importlib.util

    spec = importlib.util.find_spec("ruff")
    try:
        if spec is None or spec.origin is None or _in_working_folder(Path(spec.origin)):
            return ""
        from ruff import find_ruff_bin

        return str(find_ruff_bin())
    except (ImportError, OSError):
        return ""


def _in_working_folder(module: Path) -> bool:
    return Path.cwd() in module.resolve().parents[:2]


def _missing() -> NoReturn:
    raise ToolFailure("ruff is not installed", hint="install alma-safe with its dependencies")


@functools.lru_cache(maxsize=1)
def linter_rules() -> Mapping[str, tuple[str, str]]:
    """Return every rule of ruff that can be selected: by code, its name and explanation."""
    _, out, _ = _run("rule", "--all", "--output-format", "json")
    try:
        return MappingProxyType(
            {
                str(each["code"]): (str(each["name"]), str(each["explanation"]))
                for each in json.loads(out)
                if "Removed" not in str(each.get("status", ""))
            }
        )
    except (ValueError, TypeError, KeyError):
        raise ToolFailure(
            "ruff does not tell its rules", hint="install alma-safe with its dependencies"
        ) from None


def unselectable(selectors: tuple[str, ...]) -> str | None:
    """Return the first of ``selectors`` that stands for no rule of ruff, if there is one."""
    for each in selectors:
        # A redirect of an old name is selected, but findings never carry it.
        if not each or not any(code.startswith(each) for code in linter_rules()):
            return each
    asked = ("check", "--isolated", "--no-cache", "--select", ",".join(selectors), "-")
    code, _, said = _run(*asked) if selectors else (0, "", "")
    refused = re.search(r"`([^`]*)`", said) if code == 2 else None
    return refused[1] if refused else None


def _run(*arguments: str) -> tuple[int, str, str]:
    import subprocess

    try:
        done = subprocess.run(
            [find_binary(), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
            cwd="/",
            env={"NO_COLOR": "1"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolFailure(
            f"ruff did not start: {error}", hint="install alma-safe with its dependencies"
        ) from None
    return done.returncode, done.stdout, done.stderr
