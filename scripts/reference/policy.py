"""The page of policy keys and the schema of policy files, from the shipped policy itself."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from alma_safe.policy import _SECTIONS, Policy, load_policy
from alma_safe.policy_bounds import HIGHEST, STATIC_RULES
from alma_safe.policy_file import SCHEMA

STRICT = Path(__file__).resolve().parents[2] / "policies" / "strict.toml"

HEAD = """# Policy

Made by `make docs` from [policies/strict.toml](../policies/strict.toml), whose comments these
are. A policy of one's own extends another by name or path and names only what differs; an
unknown key, one of another type, a limit that is not above zero or beyond what is said here, a
rule or code that does not exist, and the name of a shipped policy for another one are errors.
`alma-safe policy show FILE --format toml` prints one that extends others as a single file with
all comments; `policy diff` says what a change amounts to. Editors that know JSON schemas check a
file that begins with `#:schema <path of policy.schema.json>`; it is shipped beside the
policies.

    schema = "alma-safe/policy/v1"
    name = "mine"
    extends = "strict"
"""


def page() -> str:
    """Return the page."""
    strict, standard = load_policy("strict"), load_policy("standard")
    return HEAD + "".join(
        part for section in _SECTIONS for part in _section(section, strict, standard)
    )


def _section(section: str, strict: Policy, standard: Policy) -> Iterator[str]:
    about, keys = comments()[section]
    yield f"\n## {section}\n\n"
    if about:
        yield f"{_cell(about)}\n\n"
    yield "| key | type | strict | meaning |\n|---|---|---|---|\n"
    hints = get_type_hints(_SECTIONS[section])
    for key, hint in hints.items():
        values = [getattr(getattr(each, section), key) for each in (strict, standard)]
        other = f" (standard: {_value(values[1])})" if values[0] != values[1] else ""
        most = f" up to {HIGHEST[section][key]:,}" if hint in (int, float) else ""
        kind, value = _type(hint)[0] + most, _value(values[0]) + other
        yield f"| `{key}` | {kind} | {value} | {_cell(keys[key])} |\n"


def comments() -> dict[str, tuple[str, dict[str, str]]]:
    """Per table what its comment says, and per key what the one beside or above it says."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    above: list[str] = []
    section, inside = "", False
    for line in STRICT.read_text("utf-8").splitlines():
        if line.startswith("#"):
            above.append(line.lstrip("# "))
        elif match := re.fullmatch(r"\[(\w+)\]", line):
            section = match[1]
            found[section] = (" ".join(above), {})
            above = []
        elif not inside and (match := re.match(r"(\w+) = (.*)", line)) and section:
            beside = re.search(r"  # (.*)$", match[2])
            found[section][1][match[1]] = beside[1] if beside else " ".join(above)
            inside = match[2].endswith("[")
            above = []
        elif line == "]":
            inside = False
        elif not line:
            above = []
    return found


def schema() -> str:
    """The JSON schema of a policy file, which may extend another."""
    tables = {
        name: {
            "type": "object",
            "description": comments()[name][0],
            "additionalProperties": False,
            "properties": {
                key: {
                    **_type(hint)[1],
                    **_bound(name, key),
                    "description": comments()[name][1][key],
                }
                for key, hint in get_type_hints(cls).items()
            },
        }
        for name, cls in _SECTIONS.items()
    }
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:alma-safe:policy:v1",
        "title": SCHEMA,
        "description": "A policy of the gate. Without `extends` every table and key is required.",
        "type": "object",
        "required": ["schema", "name"],
        "additionalProperties": False,
        "properties": {
            "schema": {"const": SCHEMA},
            "name": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "extends": {"type": "string", "description": "Name or path of another policy."},
            **tables,
        },
    }
    return json.dumps(made, indent=2) + "\n"


def _type(hint: Any) -> tuple[str, dict[str, Any]]:
    """A type in words and as a schema."""
    if get_origin(hint) is tuple and get_args(hint) == (str, ...):
        return "list of texts", {"type": "array", "items": {"type": "string"}}
    if hint is int:
        return "number", {"type": "integer", "exclusiveMinimum": 0}
    if hint is float:
        return "number", {"type": "number", "exclusiveMinimum": 0}
    if hint is str:
        return "text", {"type": "string"}
    return "table of texts", {"type": "object", "additionalProperties": {"type": "string"}}


def _bound(section: str, key: str) -> dict[str, Any]:
    """What a schema can say of a value beside its type: how high, and which names there are."""
    if key in HIGHEST.get(section, {}):
        return {"maximum": HIGHEST[section][key]}
    if (section, key) == ("types", "block"):
        return {"items": {"enum": sorted(load_policy("strict").types.block)}}
    if (section, key) in (("static", "warn"), ("static", "off")):
        names = "|".join(sorted(STATIC_RULES))
        return {"items": {"type": "string", "pattern": rf"^({names}|ruff\.[A-Za-z]+[0-9]*)$"}}
    return {}


def _value(value: Any) -> str:
    if dataclasses.is_dataclass(value):
        raise TypeError("a section is no value")
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return ", ".join(f"`{key}` = `{item}`" for key, item in value)
        return (
            f"{len(value)} names"
            if len(value) > 4
            else ", ".join(f"`{v}`" for v in value) or "none"
        )
    return (
        f"{value:,}"
        if isinstance(value, int)
        else f"`{value}`"
        if isinstance(value, str)
        else f"{value:g}"
    )


def _cell(text: str) -> str:
    for special in "|<*":
        text = text.replace(special, f"\\{special}")
    return text
