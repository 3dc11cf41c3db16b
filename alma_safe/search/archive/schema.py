"""The tables of an archive, and opening its file."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

from alma_safe.errors import UsageError
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


def must_exist(folder: Path) -> None:
    """Raise UsageError where a folder holds no run."""
    if not (folder / FILE).is_file():
        raise UsageError(
            f"{visible(str(folder))} holds no run",
            hint="a run is a folder with an archive.sqlite, as `alma-safe search` makes it",
        )


def connected(folder: Path, *, write: bool) -> sqlite3.Connection:
    """Open the file of a run, brought to this version where it may be written.

    Raises UsageError for a file of a later version, and for one that is no archive.
    """
    path = (folder / FILE).resolve()
    if os.path.lexists(f"{path}-journal"):
        # Ours have a log and no journal. One would be played back, by whoever only looks, and
        # may name a file anywhere that is deleted after that.
        raise UsageError(
            f"{visible(str(folder))} holds a journal of SQLite, which runs do not have",
            hint="it is damaged, or was put together by somebody else",
        )
    try:
        # A reader of a folder that it cannot write has no place for the log's index.
        mode = "" if write or os.access(path, os.W_OK) else "?mode=ro&immutable=1"
        base = sqlite3.connect(f"{path.as_uri()}{mode}", uri=True, isolation_level=None)
        # What a file says of its tables may call functions; those of strangers may not.
        base.execute("PRAGMA trusted_schema=OFF")
        version = base.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION or (version == 0 and not write):
            raise UsageError(
                f"{visible(str(folder))} is a run of another version of alma-safe",
                hint=f"its version is {version}, this one reads up to {VERSION}",
            )
        if write:
            base.execute("PRAGMA journal_mode=WAL")
            # What a power cut could take is what was paid for.
            base.execute("PRAGMA synchronous=FULL")
            for number, script in enumerate(_MIGRATIONS[version:], version + 1):
                base.executescript(f"BEGIN;{script};PRAGMA user_version={number};COMMIT;")
    except sqlite3.DatabaseError as error:
        raise UsageError(
            f"{visible(str(folder / FILE))} cannot be read: {error}",
            hint="it is no archive, or damaged",
        ) from None
    return base


def locked(folder: Path) -> int:
    """Hold the folder for writing. Raises UsageError where another process does."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise UsageError(
            f"cannot write the run folder {visible(str(folder))}: {error.strerror}",
            hint="give --run a folder that can be written",
        ) from None
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
