"""Reading a design: bounded, digested, decoded once and strictly.

The bytes read here are the bytes that are vetted and the bytes that run; nothing
is normalised on the way.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import NoReturn

from alma_safe.errors import InputError
from alma_safe.files import read_start
from alma_safe.text import visible

MAX_BYTES = 256 * 1024
"""Largest design of the contract. A policy may ask for less, never for more."""

_MAX_FILES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The source of one design, not yet vetted.

    ``data`` holds at most ``MAX_BYTES + 1`` bytes; ``size`` is the size of the file.
    ``digest`` is ``sha256:<hex>`` of the whole file, None when it is too large.
    """

    path: str
    data: bytes
    size: int

    @property
    def digest(self) -> str | None:
        """Identify the bytes, or None when not all of them were read."""
        if self.size > MAX_BYTES:
            return None
        return "sha256:" + hashlib.sha256(self.data).hexdigest()

    @property
    def text(self) -> str:
        """The source as text. Only valid once intake has passed it."""
        return self.data.decode("utf-8", errors="strict")

    @property
    def shown_text(self) -> str:
        """The source for people, whatever the bytes are."""
        return self.data.decode("utf-8", errors="replace")

    @classmethod
    def from_bytes(cls, data: bytes, *, path: str = "<design>") -> Design:
        """Wrap source that is already in memory."""
        return cls(path=path, data=data[: MAX_BYTES + 1], size=len(data))

    @classmethod
    def from_file(cls, path: str | Path) -> Design:
        """Read one regular file.

        Raises InputError for what is not a readable regular file: a folder, a pipe,
        a device, a loop of links.
        """
        data, size = read_start(
            path,
            MAX_BYTES + 1,
            hint="give a .py file, a folder of them, a glob, or - for standard input",
        )
        return cls(path=str(path), data=data, size=size)

    @classmethod
    def from_stdin(cls) -> Design:
        """Read standard input, at most one byte more than a design may have."""
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        if not data:
            raise InputError("standard input is empty", hint="pipe the source of one design in")
        return cls(path="<stdin>", data=data, size=len(data))


def collect(paths: list[str]) -> list[Design]:
    """Read every design that ``paths`` name, in order, each file once.

    A folder stands for the ``*.py`` files below it, sorted, without ``__init__.py``; folders
    that are hidden (``.name``), called ``__pycache__`` or links are not entered, and a name
    in other letters (``.PY``) is no design. A pattern stands for the files that it matches;
    ``-`` for standard input. Raises InputError when a path names nothing, and for whatever
    cannot be read: what is not looked at must not pass for accepted.
    """
    designs: list[Design] = []
    seen: set[str] = set()
    for path in paths:
        if path == "-":
            designs.append(Design.from_stdin())
            continue
        for name in _expand(path):
            identity = os.path.realpath(name)
            if identity not in seen:
                seen.add(identity)
                designs.append(Design.from_file(name))
    if not designs:
        raise InputError("no design given", hint="name at least one file, folder or glob")
    return designs


def _expand(path: str) -> Iterator[str]:
    if "\0" in path:
        raise InputError(
            f"cannot read {visible(path)}: a path cannot hold a NUL byte",
            hint="give the path of a design file",
        )
    if os.path.isdir(path):
        found = sorted(_python_files(path))
        if not found:
            raise InputError(
                f"{visible(path)} holds no *.py file", hint="name a folder that holds designs"
            )
        yield from found
    elif has_magic(path) and not os.path.lexists(path):
        _require_listable(path)
        # Not isfile: a dangling link and a pipe are told when they are read, as in a folder.
        matches = sorted(name for name in glob(path, recursive=True) if not os.path.isdir(name))
        if not matches:
            raise InputError(
                f"{visible(path)} matches no file", hint="quote the glob and check its folder"
            )
        yield from matches
    else:
        yield path


def _require_listable(pattern: str) -> None:
    """Raise InputError for a folder that a pattern looks into and cannot: glob passes it by."""
    parts = pattern.split("/")
    for end, part in enumerate(parts):
        if not has_magic("/".join(parts[: end + 1])):
            continue
        # '**' looks into all that is below as well, and stands for it.
        reached = parts[: end + 1] if part == "**" else parts[:end]
        prefix = "/".join(reached) or ("/" if pattern.startswith("/") else ".")
        for folder in glob(prefix, recursive=True):
            if not os.path.isdir(folder):
                continue
            try:
                if not has_magic(part):
                    # By its name alone a file is found in a folder that cannot be listed.
                    os.lstat(os.path.join(folder, part))
                    continue
                with os.scandir(folder) as entries:
                    next(entries, None)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                _not_listed(error)


def _not_listed(error: OSError) -> NoReturn:
    raise InputError(
        f"cannot read the folder {visible(str(error.filename))}: {error.strerror}",
        hint="what lies in it would not be judged: make it readable, or name the designs",
    ) from None


def _python_files(folder: str) -> Iterator[str]:
    """Yield ``*.py`` below ``folder``; links to folders are not followed, so no loops."""
    count = 0
    for root, folders, files in os.walk(folder, onerror=_not_listed, followlinks=False):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "__pycache__"
        )
        for name in sorted(files):
            if not name.endswith(".py") or name == "__init__.py":
                continue
            count += 1
            if count > _MAX_FILES:
                raise InputError(
                    f"{visible(folder)} holds more than {_MAX_FILES} files",
                    hint="name a smaller folder",
                )
            yield os.path.join(root, name)
