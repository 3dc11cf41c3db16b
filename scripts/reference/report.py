"""The page of the report's fields, from its JSON schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import alma_safe.formats

SCHEMA = Path(alma_safe.formats.__file__).with_name("report.schema.json")

HEAD = """# Report

Made by `make docs` from the schema of `alma-safe/report/v1`,
`alma_safe/formats/report.schema.json`, which every report of `--format json` validates against.
SARIF 2.1.0, JUnit XML, HTML, Markdown and annotations are views of the same object.

| field | type | meaning |
|---|---|---|
"""


def page() -> str:
    """Return the page."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return HEAD + "".join(_rows(schema, schema["$defs"], ""))


def _rows(node: Mapping[str, Any], known: Mapping[str, Any], above: str) -> Iterator[str]:
    for name, value in node.get("properties", {}).items():
        place = f"{above}{name}"
        real = _resolved(value, known)
        told = value.get("description") or real.get("description", "")
        yield f"| `{place}` | {_type(value, known)} | {_cell(told)} |\n"
        for each in (real, *(_resolved(one, known) for one in real.get("anyOf", ()))):
            inner = _resolved(each.get("items", {}), known)
            yield from _rows(inner, known, f"{place}[].")
            yield from _rows(each, known, f"{place}.")


def _resolved(node: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = known[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return found


def _type(node: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    real = _resolved(node, known)
    if "const" in real:
        return f"`{real['const']}`"
    if "enum" in real:
        return ", ".join(f"`{each}`" for each in real["enum"])
    if "anyOf" in real:
        return " or ".join(_type(each, known) for each in real["anyOf"])
    if real.get("pattern"):
        return "digest"
    if real.get("type") == "array":
        return f"list of {_type(real['items'], known)}s"
    return str(real.get("type", "anything"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")
