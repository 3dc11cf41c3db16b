"""The schema that a design gives an Agent -> JSON schema that describes a value by itself.

Models write such schemas in several ways: whole, as a bare map of properties (ALMA's
prompts teach it), in the envelope of an endpoint, or by an example of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alma_safe.sandbox.base import CallRefused

_MAX_DEPTH = 12
_MAX_NODES = 2000
# What is left of a design's schema. References, identifiers and patterns are not among it:
# the first two could make a reader fetch something, the last could make it hang.
_KEYS = frozenset({
    "type", "title", "description", "enum", "const", "default",
    "properties", "required", "additionalProperties", "minProperties", "maxProperties",
    "items", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "anyOf", "oneOf", "allOf", "not",
})  # fmt: skip
_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
_NESTED = ("items", "additionalProperties", "not")
_NESTED_LISTS = ("anyOf", "oneOf", "allOf")
_HOLD_MAPS = frozenset({"items", "additionalProperties", "not", "properties", "default", "const"})
_NO_PROPERTIES = _KEYS | {"pattern", "format", "examples"}
_ENVELOPE = frozenset({"name", "description", "strict", "schema"})


def plain_schema(schema: Any) -> Mapping[str, Any]:
    """Keep of a schema what describes a value by itself; a part that refers elsewhere is open.

    An answer is an object: a map that is no schema stands for one with these properties.
    Raises CallRefused for a schema too large to look at.
    """
    schema = _unwrapped(schema)
    if not isinstance(schema, dict):
        return {"type": "object"}
    if not _describes(schema):
        schema = {"type": "object", "properties": schema}
    return _Plain().of(schema, 0)


def _unwrapped(schema: Any) -> Any:
    """What is inside ``{"type": "json_schema", "json_schema": {"name": ..., "schema": ...}}``."""
    match schema:
        case {"type": "json_schema", "json_schema": dict(inner)}:
            schema = inner
    match schema:
        case {"name": str(), "schema": dict(inner)} if schema.keys() <= _ENVELOPE:
            schema = inner
    return schema


def _describes(schema: Mapping[str, Any]) -> bool:
    """Whether a map says what a value is; "type" may be the name of a property as well."""
    if _is_type(schema.get("type")):
        return True
    properties = schema.get("properties")
    return isinstance(properties, dict) and all(isinstance(p, dict) for p in properties.values())


def _is_type(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) and kind else [kind]
    return all(isinstance(each, str) and each in _TYPES for each in kinds)


class _Plain:
    """One schema on its way through, counted so that it ends."""

    def __init__(self) -> None:
        self._nodes = 0

    def of(self, schema: Any, depth: int) -> dict[str, Any]:
        self._nodes += 1
        if self._nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise CallRefused(f"a schema has at most {_MAX_NODES} parts and {_MAX_DEPTH} levels")
        if not isinstance(schema, dict):
            return self._example(schema, depth)
        if self._is_bare(schema):
            schema = {"type": "object", "properties": schema}
        kept = {key: value for key, value in schema.items() if key in _KEYS}
        if not _is_type(kept.get("type")):
            kept.pop("type", None)
        for key in _NESTED:
            if isinstance(kept.get(key), dict):
                kept[key] = self.of(kept[key], depth + 1)
        for key in _NESTED_LISTS:
            if isinstance(kept.get(key), list):
                kept[key] = [self.of(part, depth + 1) for part in kept[key]]
        properties = kept.get("properties")
        if isinstance(properties, dict):
            kept["properties"] = {
                str(name): self.of(part, depth + 1) for name, part in properties.items()
            }
        return kept

    def _is_bare(self, schema: Mapping[str, Any]) -> bool:
        """Whether a part is a map of properties again: schemas or examples under other names."""
        if not schema or _describes(schema):
            return False
        if all(isinstance(part, dict) for part in schema.values()):
            return not schema.keys() <= _HOLD_MAPS
        return not any(key in _NO_PROPERTIES or str(key).startswith("$") for key in schema)

    def _example(self, part: Any, depth: int) -> dict[str, Any]:
        """What an example of a value says: ``["..."]`` a list of such, "string" a type."""
        if isinstance(part, list) and part:
            return {"type": "array", "items": self.of(part[0], depth + 1)}
        return {"type": part} if isinstance(part, str) and part in _TYPES else {}
