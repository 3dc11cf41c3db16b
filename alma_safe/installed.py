"""Versions of installed distributions, read from the names of their folders.

``importlib.metadata`` parses them as e-mail, which costs a command more than what it asks
for; it stays the word on everything else, and on what is installed in another way.
"""

from __future__ import annotations

import functools
import os
import sys

_SUFFIX = ".dist-info"


def version_of(name: str) -> str | None:
    """Return the version of the distribution ``name`` that would be imported, if any is there."""
    wanted = _plain(name)
    for folder in sys.path:
        found = _versions(folder).get(wanted)
        if found is not None:
            return found
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


@functools.lru_cache(maxsize=32)
def _versions(folder: str) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        entries = os.listdir(folder or ".")
    except OSError:
        return found
    for entry in entries:
        if entry.endswith(_SUFFIX):
            name, _, version = entry.removesuffix(_SUFFIX).partition("-")
            if version:
                found[_plain(name)] = version
    return found


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
