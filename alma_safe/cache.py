"""Where what can be made again is kept: the staged runtime, rendered jails, mypy's cache."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from alma_safe.errors import InfrastructureError

_HINT = "set ALMA_SAFE_CACHE to a folder that you own"


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
    """Write a file that another process may read at any moment.

    Raises InfrastructureError, and leaves nothing behind, where it cannot be written whole.
    """
    # Mostly there is nothing to write, and tempfile costs a command more than that.
    import tempfile

    made = ""
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as stream:
            made = stream.name
            stream.write(data)
        os.replace(made, path)
    except BaseException as error:
        if made:
            with contextlib.suppress(OSError):
                os.unlink(made)
        if isinstance(error, OSError):
            raise InfrastructureError(
                f"cannot write into the cache folder {path.parent}: {error.strerror}",
                hint=f"make room there, or {_HINT}",
            ) from None
        raise


def cache_dir(name: str) -> Path:
    """Return the folder ``name`` below the cache root, creating it.

    Raises InfrastructureError when it cannot be created, belongs to somebody else or can be
    written by everybody: what lies there is run, believed, and mounted into jails.
    """
    root = cache_root()
    folder = root / name
    mode = 0o755 if os.geteuid() == 0 else 0o700
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        problem = _problem(root.stat(), folder.stat(), folder.lstat())
    except OSError as error:
        raise InfrastructureError(
            f"cannot use the cache folder {folder}: {error.strerror}", hint=_HINT
        ) from None
    if problem:
        raise InfrastructureError(f"the cache folder {folder} {problem}", hint=_HINT)
    return folder


def _problem(root: os.stat_result, folder: os.stat_result, link: os.stat_result) -> str:
    """Why what lies in a folder cannot be trusted, or ''. ``link``: its own entry in ``root``."""
    # The root may have been prepared by root; what lies in it is of whoever runs us.
    # A link of somebody else may lead to a folder of ours that strangers filled.
    mine = os.geteuid()
    if folder.st_uid != mine or not {root.st_uid, link.st_uid} <= {0, mine}:
        return "belongs to another user"
    open_root = root.st_mode & stat.S_IWOTH and not root.st_mode & stat.S_ISVTX
    if open_root or folder.st_mode & stat.S_IWOTH:
        return "can be written by everybody"
    return ""
