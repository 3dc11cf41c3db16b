"""Which designs are not, byte for byte, what a git revision holds at their place.

Compared are the bytes that were read and will be judged, so nothing that a checkout says
about its files is asked: no index, attributes, filters, ignore lists or submodules. git
reads objects only, and neither a program of the repository's configuration nor a network
has a part in it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.design import Design

_TIMEOUT_S = 60

_FILES = (b"100644", b"100755")
"""Modes of entries that are files; a link may name anything, and is always judged."""

_HASHES = {40: hashlib.sha1, 64: hashlib.sha256}
"""By the length of an object's name, in digits."""

_ENVIRONMENT = {
    # Objects that are missing would be fetched, by what the repository says is the way.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    # An object may be said to stand for another one.
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_CONFIGURED = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


def changed_since(revision: str, designs: Sequence[Design]) -> list[Design]:
    """The designs that a revision does not hold as they are. Raises UsageError.

    What is not in the repository, or read through a link, is among them.
    """
    top = os.fsdecode(_git("rev-parse", "--show-toplevel").removesuffix(b"\n"))
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = _git(*asked).decode("ascii").strip()
    held = _held(_git("ls-tree", "-r", "-z", "--full-tree", commit))
    return [each for each in designs if not _same(each, top, held)]


def _held(listing: bytes) -> dict[bytes, str]:
    """Names of objects by path, of the files in ``MODE TYPE OBJECT<tab>PATH<nul>...``."""
    found: dict[bytes, str] = {}
    for entry in listing.split(b"\0"):
        told, _, path = entry.partition(b"\t")
        mode, *rest = told.split(b" ")
        if mode in _FILES:
            found[path] = rest[1].decode("ascii")
    return found


def _same(design: Design, top: str, held: dict[bytes, str]) -> bool:
    """Whether the bytes of ``design`` are those that the revision has at its path."""
    # Not resolved: a link to something unchanged makes a design of it that was none.
    path = os.path.relpath(os.path.abspath(design.path), top)
    name = held.get(os.fsencode(path))
    if name is None or len(design.data) != design.size or os.path.islink(design.path):
        return False
    head = b"blob %d\0" % len(design.data)
    return _HASHES[len(name)](head + design.data, usedforsecurity=False).hexdigest() == name


def _git(*arguments: str) -> bytes:
    try:
        ran = subprocess.run(
            ["git", *_CONFIGURED, *arguments],
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT},
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        told = visible(str(error), 200)
        raise UsageError(f"git cannot be run: {told}", hint="--changed-since needs git") from None
    if ran.returncode != 0:
        said = ran.stderr.decode("utf-8", "replace").strip()
        wrong = "no such revision" if "--verify" in arguments else said or "git failed"
        raise UsageError(
            f"--changed-since: {visible(wrong, 200)}",
            hint="run it inside a git repository, with a revision that has been fetched",
        )
    return ran.stdout
