"""envs/<name>/pack.toml -> what a domain says of itself. Its code is not imported here."""

from __future__ import annotations

import hashlib
import importlib.util
import tomllib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from alma_safe.errors import UsageError
from alma_safe.files import read_regular
from alma_safe.recorders import RecorderSchema, read_schema
from alma_safe.resources import resource_dir
from alma_safe.text import visible

SCHEMA = "alma-safe/domain/v1"
GROUP = "alma_safe.domains"
"""Entry points: a name, and a package whose folder is a domain."""

_MAX_NAME = 100
_MAX_BYTES = 1024 * 1024
_KEYS: dict[str, type] = {
    "name": str,
    "title": str,
    "requires": list,
    "extra": str,
    "task_sets": list,
    "environment": list,
    "description": str,
    "prompt": str,
}
_OPTIONAL = {"requires": [], "extra": "", "environment": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A domain before any of its code has run.

    ``requires``: packages that it imports, which ``extra`` of alma-safe installs.
    ``task_sets``: the first is the default. ``environment``: variables of the host's
    environment that its workers may see. ``description``: what it is, for whoever designs
    a memory for it. ``prompt``: what an agent that is a model is told before it acts.
    """

    folder: Path
    name: str
    title: str
    requires: tuple[str, ...]
    extra: str
    task_sets: tuple[str, ...]
    environment: tuple[str, ...]
    description: str
    prompt: str
    recorder: RecorderSchema

    @property
    def max_steps(self) -> int:
        """Steps of an episode."""
        return self.recorder.max_steps

    @property
    def place(self) -> str:
        """What finds it again: its name where it is shipped, else its folder."""
        shipped = self.folder.parent == resource_dir("envs").resolve()
        return self.name if shipped else str(self.folder)

    @property
    def digest(self) -> str:
        """Identify the domain's own files: code, texts, recorder."""
        found = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            if path.suffix in (".py", ".toml", ".json") and path.is_file():
                found.update(path.relative_to(self.folder).as_posix().encode() + b"\0")
                with path.open("rb") as stream:
                    found.update(hashlib.file_digest(stream, "sha256").digest())
        return found.hexdigest()

    def require(self) -> None:
        """Raise UsageError where a package that the domain needs is not installed."""
        missing = [name for name in self.requires if importlib.util.find_spec(name) is None]
        if missing:
            install = f"pip install 'alma-safe[{self.extra}]'" if self.extra else "install them"
            raise UsageError(
                f"the domain {self.name} needs the packages {', '.join(missing)}", hint=install
            )


def find_pack(name: str) -> Pack:
    """Return a domain: shipped, of an entry point, or the folder of that path.

    Raises UsageError for one that is not there, or that has errors.
    """
    if "/" in name or name in (".", ".."):
        return read_pack(Path(name))
    shipped = resource_dir("envs")
    if len(name) <= _MAX_NAME and name.isidentifier() and (shipped / name / "pack.toml").is_file():
        return read_pack(shipped / name)
    found = entry_points(group=GROUP)
    for entry in found:
        if entry.name == name:
            return read_pack(_folder_of(entry))
    known = sorted({path.parent.name for path in shipped.glob("*/pack.toml")} | found.names)
    raise UsageError(
        f"unknown domain {visible(name)}",
        hint=f"domains: {', '.join(known)}; or the path of a folder, with a slash in it",
    )


def _folder_of(entry: EntryPoint) -> Path:
    spec = importlib.util.find_spec(entry.value)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(f"the entry point {entry.name} of {GROUP}: {entry.value} is no package")
    return Path(next(iter(spec.submodule_search_locations)))


def read_pack(folder: Path) -> Pack:
    """Read the folder of a domain. Raises UsageError that names the file and what is wrong."""
    path = folder / "pack.toml"
    try:
        data = read_regular(path, _MAX_BYTES, hint="a domain is a folder with a pack.toml")
        tables = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a TOML file: {visible(str(error))}") from None
    if tables.pop("schema", None) != SCHEMA:
        raise UsageError(f'{path}: schema = "{SCHEMA}" is missing')
    values: dict[str, Any] = {}
    for key, kind in _KEYS.items():
        value = tables.pop(key, _OPTIONAL.get(key))
        if value is None:
            raise UsageError(f"{path}: {key} is missing")
        if not isinstance(value, kind):
            raise UsageError(f"{path}: {key} must be a {'text' if kind is str else 'list'}")
        if isinstance(value, list):
            if not all(isinstance(item, str) for item in value):
                raise UsageError(f"{path}: {key} must be a list of texts")
            value = tuple(value)
        values[key] = value
    if tables:
        raise UsageError(f"{path}: unknown keys {visible(', '.join(sorted(tables)))}")
    if not values["name"].isidentifier():
        raise UsageError(f"{path}: name must be an identifier")
    if not values["task_sets"]:
        raise UsageError(f"{path}: task_sets is empty")
    if not (folder / "pack.py").is_file():
        raise UsageError(f"{folder / 'pack.py'}: no such file", hint="it holds the domain's code")
    recorder = read_schema(folder / "recorder.toml")
    return Pack(folder=folder.resolve(), recorder=recorder, **values)
