"""Making the files of a run: sources first, the archive with its settings last, by one rename.

So a folder holds either a run that can go on, or none: a process that was killed on the way,
or a disk that was full, leaves nothing that stands for a run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.search.archive.schema import (
    FILE,
    SOURCES,
    asked,
    connected,
    emptied,
    no_room,
    unwritable,
)
from alma_safe.text import visible

_PART = f"{FILE}.part"
_BESIDE = ("", "-journal", "-wal", "-shm")
"""What SQLite has of a file."""


def folders_made(folder: Path) -> None:
    """Make the folder of a run, and the one of its sources."""
    try:
        (folder / SOURCES).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None


def made(folder: Path, settings: str, sources: Sequence[bytes]) -> None:
    """Make a run in a folder that is held for writing.

    Raises UsageError where one is there, InfrastructureError where the disk fails.
    """
    _cleared(folder)
    try:
        for data in sources:
            keep(folder, data)
        _synced(folder / SOURCES)
        with _clean(folder / _PART):
            _written(folder, settings)
            (folder / _PART).replace(folder / FILE)
            _synced(folder)
    except OSError as error:
        raise unwritable(folder, error) from None
    except sqlite3.OperationalError as error:
        raise no_room(folder, error) from None
    except InfrastructureError as error:
        # There is no run yet that could go on.
        raise InfrastructureError(error.message, hint="free some disk and begin again") from None


def keep(folder: Path, data: bytes) -> str:
    """Keep a source and return its digest. The file is whole or not there."""
    name = hashlib.sha256(data).hexdigest()
    path = folder / SOURCES / f"{name}.py"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            with part.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InfrastructureError(
                f"cannot write {visible(str(path))}: {error.strerror}",
                hint="free some disk; the run goes on with --resume",
            ) from None
    return f"sha256:{name}"


def _cleared(folder: Path) -> None:
    """Remove an archive that was begun and has no settings. Raises UsageError for a run."""
    path = folder / FILE
    if not os.path.lexists(path):
        return
    if not _unfinished(folder):
        raise UsageError(
            f"{visible(str(folder))} holds a run already",
            hint="go on with it by --resume, or give --run another folder",
        )
    _removed(path)


def _unfinished(folder: Path) -> bool:
    path = folder / FILE
    with contextlib.suppress(OSError):
        if path.is_file() and not path.is_symlink() and path.stat().st_size == 0:
            return True
    try:
        base = connected(folder, write=True)
    except UsageError:
        # Whatever it is, it is somebody's: only what is surely ours and empty is removed.
        return False
    with contextlib.closing(base):
        return not asked(base, "SELECT 1 FROM facts UNION ALL SELECT 1 FROM steps LIMIT 1")


def _written(folder: Path, settings: str) -> None:
    with contextlib.closing(emptied(folder / _PART)) as base:
        base.execute("BEGIN IMMEDIATE")
        base.execute("INSERT INTO facts(key, body) VALUES('settings', ?)", (settings,))
        base.execute("COMMIT")
        # Last: the file then needs nothing beside it, and no journal when it is opened.
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _synced(folder: Path) -> None:
    """Have the names in a folder outlast a power cut, where its file system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _clean(path: Path) -> Iterator[None]:
    """Have nothing of a file there before and after the body."""
    _removed(path)
    try:
        yield
    finally:
        _removed(path)


def _removed(path: Path) -> None:
    for name in _BESIDE:
        Path(f"{path}{name}").unlink(missing_ok=True)
