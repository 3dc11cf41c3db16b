"""Where what can be made again is kept: the staged runtime, rendered jails, mypy's cache."""

from __future__ import annotations

import os
from pathlib import Path

from alma_safe.errors import InfrastructureError


def cache_root() -> Path:
    """Return the cache folder: ``$ALMA_SAFE_CACHE``, else the place usual for this user.

    For root it is world-readable, because the jail's user has to read the runtime
    staged there; for others it is private.
    """
    chosen = os.environ.get("ALMA_SAFE_CACHE")
    if chosen:
        return Path(chosen).resolve()
    if os.geteuid() == 0:
        return Path("/var/cache/alma-safe")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "alma-safe"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file that another process may read at any moment."""
    # Mostly there is nothing to write, and tempfile costs a command more than that.
    import tempfile

    with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as stream:
        stream.write(data)
    os.replace(stream.name, path)


def cache_dir(name: str) -> Path:
    """Return the folder ``name`` below the cache root, creating it.

    Raises InfrastructureError when it cannot be created or belongs to somebody else:
    what lies there is mounted into jails.
    """
    folder = cache_root() / name
    mode = 0o755 if os.geteuid() == 0 else 0o700
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise InfrastructureError(
            f"cannot use the cache folder {folder}: {error.strerror}",
            hint="set ALMA_SAFE_CACHE to a folder that you own",
        ) from None
    if owner != os.geteuid():
        raise InfrastructureError(
            f"the cache folder {folder} belongs to another user",
            hint="set ALMA_SAFE_CACHE to a folder that you own",
        )
    return folder
