"""envs/<domain>/recorder.toml -> what the recorders of a domain look like.

The shapes drive the property tests and the recorded workload. Without a domain the
union of all of them is used, so that a design written for any domain finds the keys
that its domain documents.
"""

from __future__ import annotations

import functools
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alma_safe.errors import UsageError
from alma_safe.files import read_regular
from alma_safe.resources import resource_dir
from alma_safe.text import visible

SCHEMA = "alma-safe/recorder/v1"
DOMAINS = ("alfworld", "textworld", "babaisai", "minihack")
GENERIC = "generic"
_MAX_BYTES = 1024 * 1024
_KINDS = ("str", "list[str]", "dict[str,str]", "float", "bool")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of ``init`` or of a step: its type, what it holds, typical values."""

    kind: str
    description: str
    samples: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecorderSchema:
    """The documented keys of a domain's recorders."""

    domain: str
    max_steps: int
    init: Mapping[str, Field]
    step: Mapping[str, Field]

    @property
    def digest(self) -> str:
        """Identify the content."""
        parts = {
            "domain": self.domain,
            "max_steps": self.max_steps,
            "init": {key: asdict(field) for key, field in self.init.items()},
            "step": {key: asdict(field) for key, field in self.step.items()},
        }
        # Keys in their order, which is that of the episodes; samples may be dates.
        text = json.dumps(parts, default=repr)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@functools.lru_cache(maxsize=8)
def recorder_schema(domain: str | None) -> RecorderSchema:
    """Return the schema of a domain, or the union of all shipped ones for None.

    Raises UsageError for a domain that is not there.
    """
    if domain is None:
        return _union([recorder_schema(name) for name in DOMAINS])
    if "/" in domain:
        return read_schema(Path(domain) / "recorder.toml")
    path = resource_dir("envs") / domain / "recorder.toml"
    if domain not in DOMAINS or not path.is_file():
        raise UsageError(
            f"unknown domain {visible(domain)}",
            hint=f"domains: {', '.join(DOMAINS)}; or the path of a folder, with a slash in it",
        )
    return read_schema(path)


def recorded(domain: str) -> Path | None:
    """Return the file of recorded episodes that the gate takes for a domain of this name."""
    path = resource_dir("envs") / domain / "workload.json"
    return path if domain in DOMAINS and path.is_file() else None


def material_digest(schema: RecorderSchema) -> str:
    """Identify all that guests are given of a domain: shapes, samples, recorded episodes.

    The code and the games of a domain have no part in a verdict.
    """
    names = DOMAINS if schema.domain == GENERIC else (schema.domain,)
    found = hashlib.sha256(schema.digest.encode())
    for name in names:
        if schema.domain == GENERIC:
            found.update(recorder_schema(name).digest.encode())
        path = recorded(name)
        found.update(hashlib.sha256(path.read_bytes() if path else b"").digest())
    return f"sha256:{found.hexdigest()}"


def read_schema(path: Path) -> RecorderSchema:
    """Read one file. Raises UsageError that names it and what is wrong with it."""
    try:
        hint = "a domain is a folder with pack.toml, pack.py and recorder.toml"
        tables = tomllib.loads(read_regular(path, _MAX_BYTES, hint=hint).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a TOML file: {visible(str(error))}") from None
    if tables.get("schema") != SCHEMA:
        raise UsageError(f'{path}: schema = "{SCHEMA}" is missing')
    for key, kind in (("domain", str), ("max_steps", int), ("init", dict), ("step", dict)):
        if not isinstance(tables.get(key), kind) or not tables[key]:
            raise UsageError(f"{path}: {key} is missing or not of type {kind.__name__}")
    return RecorderSchema(
        domain=tables["domain"],
        max_steps=tables["max_steps"],
        init=_fields(tables["init"], path),
        step=_fields(tables["step"], path),
    )


def _fields(table: Mapping[str, Mapping[str, Any]], path: Path) -> Mapping[str, Field]:
    fields: dict[str, Field] = {}
    for key, entry in table.items():
        if (
            not isinstance(entry, dict)
            or entry.get("type") not in _KINDS
            or not isinstance(entry.get("description"), str)
            or not entry.get("samples")
        ):
            raise UsageError(
                f"{path}: {key} needs a description, samples and a type of {', '.join(_KINDS)}"
            )
        fields[key] = Field(
            kind=entry["type"], description=entry["description"], samples=tuple(entry["samples"])
        )
    return MappingProxyType(fields)


def _union(schemas: list[RecorderSchema]) -> RecorderSchema:
    return RecorderSchema(
        domain=GENERIC,
        max_steps=max(schema.max_steps for schema in schemas),
        init=_merged([schema.init for schema in schemas]),
        step=_merged([schema.step for schema in schemas]),
    )


def _merged(tables: list[Mapping[str, Field]]) -> Mapping[str, Field]:
    merged: dict[str, Field] = {}
    for table in tables:
        for key, field in table.items():
            known = merged.get(key)
            samples = field.samples if known is None else (*known.samples, *field.samples)
            merged[key] = Field(kind=field.kind, description=field.description, samples=samples)
    return MappingProxyType(merged)
