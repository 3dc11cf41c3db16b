"""Reading the tables of a policy: TOML that is complete, well-typed, and may extend another."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from alma_safe.errors import PolicyError
from alma_safe.files import read_regular
from alma_safe.resources import resource_dir
from alma_safe.text import visible

SCHEMA = "alma-safe/policy/v1"

_MAX_POLICY_BYTES = 1024 * 1024
_MAX_CHAIN = 16

COMPANIONS = ("static.imports", "sandbox.seccomp", "broker.prices")
"""Keys that name files of their own."""

type Names = tuple[tuple[str, str], ...]
"""A table of names in a policy, in the order of the file."""


def locate(name: str, base: Path | None) -> Path:
    """Return the file of a policy: a shipped one, one beside ``base``, or by its path.

    A shipped name is always the shipped policy: a file that somebody puts beside a policy
    must not change what it extends. A path is relative to ``base`` where there is one.
    """
    shipped = resource_dir("policies")
    if name.isidentifier():
        for folder in (shipped, base):
            # Whatever lies there is what is meant: what is no file is told when it is read.
            if folder is not None and os.path.lexists(folder / f"{name}.toml"):
                return folder / f"{name}.toml"
        known = ", ".join(shipped_policies())
        raise PolicyError(
            f"no policy named {name}", hint=f"shipped policies: {known}; or give the path of a file"
        )
    return Path(name) if base is None else base / name


def shipped_policies() -> list[str]:
    """Return the names of the policies that come with the package."""
    folder = resource_dir("policies")
    return sorted(
        path.stem for path in folder.glob("*.toml") if path.stem not in ("imports", "prices")
    )


def is_shipped(path: Path) -> bool:
    """Whether a file lies in the folder of policies that comes with the package."""
    return path.resolve().parent == resource_dir("policies").resolve()


def read_extended(
    path: Path, seen: tuple[Path, ...] = ()
) -> tuple[dict[str, Any], dict[str, Path]]:
    """Return the tables of a policy file over those of what it extends. Raises PolicyError.

    Second, the folders of the files in which companions (``static.imports`` and the like)
    are named: by key, and beside those they are looked for.
    """
    data = _read(path)
    place = path.resolve()
    if place in seen:
        raise PolicyError(f"{path}: policies extend each other in a circle")
    if len(seen) >= _MAX_CHAIN:
        raise PolicyError(f"{path}: more than {_MAX_CHAIN} policies extend each other")
    try:
        tables = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{path}: not a TOML file: {visible(str(error))}") from None
    if tables.pop("schema", None) != SCHEMA:
        raise PolicyError(f'{path}: schema = "{SCHEMA}" is missing')
    if not isinstance(tables.get("name"), str):
        raise PolicyError(f"{path}: name is missing")
    merged: dict[str, Any] = {}
    folders: dict[str, Path] = {}
    base_name = tables.pop("extends", None)
    if base_name is not None:
        if not isinstance(base_name, str):
            raise PolicyError(f"{path}: extends must be the name or path of a policy")
        merged, folders = read_extended(locate(base_name, base=path.parent), (*seen, place))
    for key, value in tables.items():
        if isinstance(value, dict):
            folders |= {f"{key}.{name}": path.parent for name in value}
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = {**merged[key], **value}
        else:
            merged[key] = value
    return merged, folders


def _read(path: Path) -> bytes:
    return read_regular(
        path,
        _MAX_POLICY_BYTES,
        what="policy",
        hint="give the name of a shipped policy (strict, standard) or the path of a file",
        error=PolicyError,
    )


def text_of(path: Path) -> str:
    """Return the text of a file that a policy names. Raises PolicyError."""
    try:
        return _read(path).decode("utf-8")
    except UnicodeDecodeError:
        raise PolicyError(f"{path}: not UTF-8") from None


def companion(name: str, key: str, folder: Path) -> Path:
    """A file that a policy names: in the folder of that policy, else among the shipped ones.

    Raises PolicyError, with the key that names it, when it lies in neither.
    """
    shipped = resource_dir("policies")
    for place in (folder, shipped):
        # What lies there and is no file is told when it is read: never another in its place.
        if "\0" not in name and os.path.lexists(place / name):
            return place / name
    section, _, field = key.partition(".")
    raise PolicyError(
        f"[{section}] {field} = {visible(name, 200)}: there is no such file in "
        f"{visible(str(folder.resolve()))}, and none of that name is shipped",
        hint="it lies beside the policy that names it; a path is relative to that, or absolute",
    )


def build(cls: type, table: Mapping[str, Any], where: str) -> Any:
    """Make a section of its table. Raises PolicyError for keys unknown, missing or ill-typed."""
    hints = get_type_hints(cls)
    unknown = sorted(set(table) - set(hints))
    if unknown:
        raise PolicyError(f"{where}: unknown key {visible(unknown[0])}", hint=_keys(hints))
    missing = sorted(set(hints) - set(table))
    if missing:
        raise PolicyError(f"{where}: key {missing[0]} is missing", hint=_keys(hints))
    return cls(**{key: _typed(table[key], hint, f"{where} {key}") for key, hint in hints.items()})


def _keys(hints: Mapping[str, Any]) -> str:
    return "keys of this table: " + ", ".join(sorted(hints))


def _typed(value: Any, hint: Any, where: str) -> Any:
    if get_origin(hint) is tuple and get_args(hint) == (str, ...):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise PolicyError(f"{where}: expected a list of strings")
    if hint is Names:
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return tuple(value.items())
        raise PolicyError(f"{where}: expected a table of strings")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise PolicyError(f"{where} must be above zero and finite") from None
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    raise PolicyError(f"{where}: expected {hint.__name__}, found {type(value).__name__}")


def table_of(path: Path, schema: str) -> dict[str, Any]:
    """Return the tables of a file that a policy names, after a look at its schema."""
    try:
        tables = tomllib.loads(_read(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{path}: not a TOML file: {visible(str(error))}") from None
    if tables.pop("schema", None) != schema:
        raise PolicyError(f'{path}: schema = "{schema}" is missing')
    return tables
