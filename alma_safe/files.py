"""Reading files that somebody else named or put there: regular ones alone, up to a size.

A pipe is not waited for, a device is not read, and a file that never ends does not fill the
memory. Whatever the command line or a checkout names is read through here.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from alma_safe.errors import InputError, UsageError
from alma_safe.text import visible

_NO_FILE = "give the path of a file on disk; what comes out of a pipe has to be saved first"
_NOT_READ = "check the path, and who may read it"


def require_regular(descriptor: int) -> int:
    """Return the size of an open file. Raises ValueError for what is no regular file."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    return status.st_size


def read_start(
    path: str | Path,
    limit: int,
    *,
    what: str = "",
    hint: str | None = None,
    error: type[UsageError] = InputError,
) -> tuple[bytes, int]:
    """Return the first ``limit`` bytes of one regular file, and its size.

    Raises ``error`` for what cannot be read and for what is no regular file: a folder, a
    pipe, a device, a loop of links. ``what``: the part that the file has, as ``the policy``.
    """
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            size = require_regular(descriptor)
            with open(descriptor, "rb", closefd=False) as stream:
                data = stream.read(limit)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        shown = " ".join(part for part in (what, visible(str(path))) if part)
        usual = _NOT_READ if isinstance(fault, OSError) else _NO_FILE
        raise error(
            f"cannot read {shown}: {reason}", hint=usual if hint is None else hint
        ) from None
    return data, max(size, len(data))


def read_regular(
    path: str | Path,
    limit: int,
    *,
    what: str = "",
    hint: str | None = None,
    error: type[UsageError] = InputError,
) -> bytes:
    """Return one regular file of at most ``limit`` bytes. Raises as :func:`read_start`."""
    data, size = read_start(path, limit + 1, what=what, hint=hint, error=error)
    if size > limit:
        raise error(f"{visible(str(path))}: larger than {limit} bytes", hint=hint or "")
    return data
