"""The tables of an archive, and opening its file."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alma_safe.errors import AlmaSafeError, InfrastructureError, UsageError
from alma_safe.text import visible

FILE = "archive.sqlite"
SOURCES = "designs"
SEPARATOR = "|"
"""Between the parts of a cell."""

_MIGRATIONS = (
    """
    CREATE TABLE facts(key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE collection(number INTEGER PRIMARY KEY, body TEXT NOT NULL);
    CREATE TABLE steps(step INTEGER PRIMARY KEY, parents TEXT NOT NULL, at TEXT NOT NULL);
    CREATE TABLE reflections(step INTEGER, slot INTEGER, body TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY(step, slot)) WITHOUT ROWID;
    CREATE TABLE proposals(step INTEGER, slot INTEGER, attempt INTEGER, digest TEXT NOT NULL,
        fingerprint TEXT NOT NULL, origin TEXT NOT NULL, detail TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY(step, slot, attempt)) WITHOUT ROWID;
    CREATE TABLE judgements(step INTEGER, slot INTEGER, attempt INTEGER, verdict TEXT NOT NULL,
        reused INTEGER NOT NULL, report TEXT NOT NULL, feedback TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY(step, slot, attempt)) WITHOUT ROWID;
    CREATE TABLE findings(step INTEGER, slot INTEGER, attempt INTEGER, rule TEXT, stage TEXT,
        PRIMARY KEY(step, slot, attempt, rule)) WITHOUT ROWID;
    CREATE TABLE candidates(step INTEGER, slot INTEGER, parent TEXT NOT NULL, state TEXT NOT NULL,
        counted INTEGER NOT NULL, digest TEXT NOT NULL, fingerprint TEXT NOT NULL,
        attempts INTEGER NOT NULL, score REAL, difference REAL, cell TEXT NOT NULL,
        descriptors TEXT NOT NULL,
        note TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY(step, slot)) WITHOUT ROWID;
    CREATE TABLE behaviours(digest TEXT PRIMARY KEY, body TEXT NOT NULL, at TEXT NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE evaluations(digest TEXT, purpose TEXT, body TEXT NOT NULL, seconds REAL NOT NULL,
        at TEXT NOT NULL, PRIMARY KEY(digest, purpose)) WITHOUT ROWID;
    CREATE TABLE episodes(digest TEXT, purpose TEXT, repeat INTEGER, task TEXT, kind TEXT,
        reward REAL NOT NULL, steps INTEGER NOT NULL,
        PRIMARY KEY(digest, purpose, repeat, task)) WITHOUT ROWID;
    CREATE TABLE calls(step INTEGER, slot INTEGER, number INTEGER, role TEXT NOT NULL,
        model TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
        usd REAL NOT NULL, at TEXT NOT NULL, PRIMARY KEY(step, slot, number)) WITHOUT ROWID;
    CREATE TABLE events(number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,
        kind TEXT NOT NULL, step INTEGER, slot INTEGER, body TEXT NOT NULL);
    CREATE INDEX proposals_by_fingerprint ON proposals(fingerprint);
    """,
)
VERSION = len(_MIGRATIONS)

_QUERY_S = 60.0
"""Seconds that one question may take: a file can be made so that an answer never ends."""
_STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock."""
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 256 * 2**20,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_SWITCHES = {
    sqlite3.SQLITE_DBCONFIG_DEFENSIVE: True,
    sqlite3.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION: False,
    sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER: False,
    sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW: False,
    # What a file says of its tables may call functions; those of strangers may not.
    sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA: False,
}


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)
_NOT_WRITTEN = {
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMMAP,
}
"""Errors of SQLite that tell of the disk, and nothing of what is in the file."""


def must_exist(folder: Path, hint: str = "") -> None:
    """Raise UsageError where a folder holds no run."""
    # Unlike Path.is_file: names that no file can have are names of no file.
    if not os.path.isfile(folder / FILE):
        raise no_run(folder, hint)


def no_run(folder: Path, hint: str = "") -> UsageError:
    """The error for a folder that holds no run."""
    return UsageError(
        f"{visible(str(folder))} holds no run",
        hint=hint or "a run is a folder with an archive.sqlite, as `alma-safe search` makes it",
    )


def unwritable(folder: Path, error: OSError) -> AlmaSafeError:
    """The error for a run folder that cannot be written: the disk's fault, or the caller's."""
    told = f"cannot write the run folder {visible(str(folder))}: {error.strerror}"
    if error.errno in _NO_ROOM:
        return InfrastructureError(told, hint="free some disk and begin again")
    return UsageError(told, hint="give --run a folder that can be written")


def no_room(folder: Path, error: sqlite3.Error) -> InfrastructureError:
    """The error for an archive that SQLite cannot write."""
    return InfrastructureError(
        f"cannot write the archive of {visible(str(folder))}: {error}",
        hint="free some disk; a run that has begun goes on with --resume",
    )


def connected(folder: Path, *, write: bool) -> sqlite3.Connection:
    """Open the file of a run, brought to this version where it may be written.

    Nothing of a file is asked for before its tables are found to be those of a run, with no
    view, trigger or table beside them, and its pages to be sound. Raises UsageError for any
    other one, and for one of a later version.
    """
    path = (folder / FILE).resolve()
    _check_companions(folder, path)
    # A reader of a folder that it cannot write has no place for the log's index.
    mode = "" if write or os.access(path, os.W_OK) else "?mode=ro&immutable=1"
    with readable(folder):
        base = sqlite3.connect(f"{path.as_uri()}{mode}", uri=True, isolation_level=None)
        try:
            _bound(base)
            _brought_up(base, folder, write=write)
            _check_content(base, folder)
        except BaseException:
            base.close()
            raise
    return base


def asked(base: sqlite3.Connection, sql: str, values: Sequence[object] = ()) -> list[Any]:
    """Return all rows of one answer, which has to be there in time."""
    until = time.monotonic() + _QUERY_S
    base.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        return base.execute(sql, values).fetchall()
    finally:
        base.set_progress_handler(None, _STEPS)


@contextlib.contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Say of whatever SQLite cannot read, or not in time, that the run is spoilt.

    A disk without room spoils nothing: that is InfrastructureError.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if code & 0xFF == sqlite3.SQLITE_FULL or code in _NOT_WRITTEN:
            raise no_room(folder, error) from None
        raise spoilt(folder, str(error)) from None


def spoilt(folder: Path, why: str) -> UsageError:
    """The error for a run whose archive says what no archive of ours does."""
    return UsageError(
        f"{visible(str(folder / FILE))} cannot be read: {visible(why, 200)}",
        hint="it is no archive, damaged, or was put together by somebody else",
    )


def _check_companions(folder: Path, path: Path) -> None:
    """Raise UsageError for files beside an archive that SQLite would believe, and we do not."""
    if os.path.lexists(f"{path}-journal"):
        # Ours have a log and no journal. One would be played back, by whoever only looks, and
        # may name a file anywhere that is deleted after that.
        raise UsageError(
            f"{visible(str(folder))} holds a journal of SQLite, which runs do not have",
            hint="it is damaged, or was put together by somebody else",
        )
    for name in ("", "-wal", "-shm"):
        beside = f"{path}{name}"
        # Links lead to files of others, which would be written or cut.
        if os.path.lexists(beside) and not stat.S_ISREG(os.lstat(beside).st_mode):
            raise spoilt(folder, f"{FILE}{name} is not a regular file")


def _bound(base: sqlite3.Connection) -> None:
    for limit, value in _LIMITS.items():
        base.setlimit(limit, value)
    for switch, value in _SWITCHES.items():
        base.setconfig(switch, value)
    base.execute("PRAGMA cell_size_check=ON")


def _brought_up(base: sqlite3.Connection, folder: Path, *, write: bool) -> None:
    """Bring a file to this version; a reader finds it so or is told."""
    version = base.execute("PRAGMA user_version").fetchone()[0]
    if not 0 <= version <= VERSION or (version == 0 and not write):
        raise UsageError(
            f"{visible(str(folder))} is a run of another version of alma-safe",
            hint=f"its version is {version}, this one reads up to {VERSION}",
        )
    if not write:
        base.execute("PRAGMA query_only=ON")
        return
    base.execute("PRAGMA journal_mode=WAL")
    # What a power cut could take is what was paid for.
    base.execute("PRAGMA synchronous=FULL")
    for number, script in enumerate(_MIGRATIONS[version:], version + 1):
        base.executescript(f"BEGIN;{script};PRAGMA user_version={number};COMMIT;")


def _check_content(base: sqlite3.Connection, folder: Path) -> None:
    """Raise UsageError where tables or pages are not those of a run of this version."""
    found, ours = _described(base), _own()
    if found != ours:
        other = min(found.symmetric_difference(ours))
        raise spoilt(folder, f"its {other[0]} {other[1]} is none that a run has, or is missing")
    # Pages that are part of several tables, or of themselves, make answers without end.
    [[told]] = asked(base, "PRAGMA quick_check(1)")
    if told != "ok":
        raise spoilt(folder, str(told))

    for table, fitting in _kinds().items():
        if asked(base, f"SELECT 1 FROM {table} WHERE NOT ({fitting}) LIMIT 1"):
            raise spoilt(folder, f"its table {table} holds values of other types")


type _Described = frozenset[tuple[str, str, str]]


def _described(base: sqlite3.Connection) -> _Described:
    """Kind, name and text of all that a file says of itself."""
    rows = asked(base, "SELECT type, name, coalesce(sql, '') FROM sqlite_schema")
    return frozenset((str(row[0]), str(row[1]), " ".join(str(row[2]).split())) for row in rows)


@functools.cache
def _own() -> _Described:
    with _empty() as base:
        return _described(base)


@functools.cache
def _kinds() -> dict[str, str]:
    """By table, what holds for rows whose values are of the types of their columns."""
    found: dict[str, list[str]] = {}
    with _empty() as base:
        for kind, table, _ in _own():
            if kind == "table" and not table.startswith("sqlite_"):
                columns = base.execute(f"PRAGMA table_info({table})")
                # SQLite keeps to types where it can: text in a column of numbers stays text.
                found[table] = [
                    f"typeof({name}) = '{declared.lower()}'"
                    + ("" if required or key else f" OR {name} IS NULL")
                    for _, name, declared, required, _, key in columns
                ]
    return {table: " AND ".join(f"({each})" for each in parts) for table, parts in found.items()}


@contextlib.contextmanager
def _empty() -> Iterator[sqlite3.Connection]:
    """An archive of this version that holds nothing."""
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        for script in _MIGRATIONS:
            base.executescript(script)
        yield base


def emptied(path: Path) -> sqlite3.Connection:
    """A new file with the tables of a run and nothing in them, and nothing beside it."""
    base = sqlite3.connect(path, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode=MEMORY")
        base.execute("PRAGMA synchronous=FULL")
        for number, script in enumerate(_MIGRATIONS, 1):
            base.executescript(f"BEGIN;{script};PRAGMA user_version={number};COMMIT;")
    except BaseException:
        base.close()
        raise
    return base


def locked(folder: Path) -> int:
    """Hold the folder for writing. Raises UsageError where another process does."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise unwritable(folder, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise UsageError(
            f"another process works on {visible(str(folder))}",
            hint="wait for it, or look with `alma-safe archive list`",
        ) from None
    return descriptor


def unlocked(lock: int | None) -> None:
    """Let others write."""
    if lock is not None:
        os.close(lock)
