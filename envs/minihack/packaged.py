"""The packages of the game, and what has to be there before they can be imported."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path


def _packaged_file(package: str, relative: str) -> str:
    spec = importlib.util.find_spec(package)
    return str(Path(spec.origin).parent / relative) if spec and spec.origin else ""


if importlib.util.find_spec("pkg_resources") is None:
    # The package asks setuptools for its files; newer setuptools no longer have the module.
    _stub = types.ModuleType("pkg_resources")
    _stub.resource_filename = _packaged_file  # type: ignore[attr-defined]
    sys.modules["pkg_resources"] = _stub

import gymnasium  # noqa: E402
import nle.nethack as nethack  # noqa: E402
from minihack import MiniHackNavigation  # noqa: E402  (registers the levels)
from minihack.envs import boxohack  # noqa: E402

__all__ = ["MiniHackNavigation", "boxohack", "gymnasium", "nethack"]
