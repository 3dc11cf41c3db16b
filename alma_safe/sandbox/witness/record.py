"""What doctor witnessed last on this host, kept so that reports can refer to it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alma_safe import __version__
from alma_safe.cache import cache_dir, cache_root, write_atomically
from alma_safe.report import Environment
from alma_safe.sandbox.docker.client import chosen_engine, chosen_runtime

_FOLDER = "doctor"
_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One examination of a backend: the digest of it, and how often each outcome came."""

    digest: str
    outcomes: Mapping[str, int]


def keep(backend: str, record: Record) -> None:
    """Keep what was witnessed, in place of what was before. Raises InfrastructureError."""
    content = {
        "host": _host(backend),
        "digest": record.digest,
        "outcomes": dict(record.outcomes),
    }
    write_atomically(cache_dir(_FOLDER) / f"{backend}.json", json.dumps(content).encode())


def kept(backend: str) -> Record | None:
    """Return the last examination if it was of this host as it runs now, else None."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        with (cache_root() / _FOLDER / f"{backend}.json").open("rb") as stream:
            content = json.loads(stream.read(_MAX_BYTES))
        if content["host"] == _host(backend):
            return Record(digest=str(content["digest"]), outcomes=dict(content["outcomes"]))
    return None


def environment(backend: str) -> Environment:
    """What a report says of the sandbox and of what was witnessed of it."""
    record = kept(backend)
    return Environment(
        backend=backend,
        doctor=record.digest if record else None,
        outcomes=record.outcomes if record else {},
    )


def _host(backend: str) -> Mapping[str, Any]:
    """What an examination holds for: this boot of this kernel, user, version and wall."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return {
        "version": __version__,
        "kernel": os.uname().release,
        "boot": boot.read_text(encoding="ascii").strip() if boot.exists() else "",
        "user": os.geteuid(),
        # Another runtime, or another engine, is another wall.
        **({"runtime": chosen_runtime(), "engine": chosen_engine()} if backend == "docker" else {}),
    }
