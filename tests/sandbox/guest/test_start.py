"""What a guest's process imports before any design is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import alma_safe.sandbox

GUEST = Path(alma_safe.sandbox.__file__).parent / "guest"
ROOT = Path(alma_safe.sandbox.__file__).parent.parent.parent

_STARTS = """
import importlib, sys
sys.path += sys.argv[2:]
importlib.import_module(sys.argv[1])
without = "_ssl" not in sys.modules
import ssl
print(without, ssl.__name__)
"""


@pytest.mark.parametrize("module", ["bridge", "rehearsal", "runner", "zygote"])
def test_whatever_is_imported_first_brings_no_ssl_and_leaves_it_importable(module):
    folders = [str(GUEST), str(GUEST / "names"), str(ROOT)]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _STARTS, f"almaguest.{module}", *folders],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stdout.split() == ["True", "ssl"], ran.stderr[-2000:]
