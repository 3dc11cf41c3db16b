"""Checking an LLM's JSON answer against the schema a design gave: the usual keywords only.

References are not followed. A bare map of properties, which ALMA's prompts teach,
asks for an object and nothing more.
"""

from typing import Any

_TYPES: dict[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def mismatch(value: Any, schema: Any, path: str = "$") -> str:
    """Return what is wrong with ``value``, or an empty string."""
    if not isinstance(schema, dict):
        return ""
    if not _describes(schema):
        return "" if path != "$" or isinstance(value, dict) else "$ is not an object"
    expected = schema.get("type")
    allowed = expected if isinstance(expected, list) else [expected]
    if _names_types(expected) and not any(_is(value, name) for name in allowed):
        return f"{path} is not of type {expected}"
    if isinstance(schema.get("enum"), list) and value not in schema["enum"]:
        return f"{path} is none of {schema['enum']}"
    if isinstance(value, dict):
        return _object_mismatch(value, schema, path)
    if isinstance(value, list):
        for index, item in enumerate(value):
            problem = mismatch(item, schema.get("items"), f"{path}[{index}]")
            if problem:
                return problem
    return ""


def _describes(schema: dict[str, Any]) -> bool:
    """Whether a map says what a value is; "type" may be the name of a property as well."""
    properties = schema.get("properties")
    return (
        _names_types(schema.get("type"))
        or "enum" in schema
        or (isinstance(properties, dict) and all(isinstance(p, dict) for p in properties.values()))
    )


def _names_types(kind: Any) -> bool:
    return isinstance(kind, str) or (isinstance(kind, list) and all(type(k) is str for k in kind))


def _object_mismatch(value: dict[str, Any], schema: dict[str, Any], path: str) -> str:
    required = schema.get("required")
    for key in required if isinstance(required, list) else ():
        if isinstance(key, str) and key not in value:
            return f"{path} lacks {key}"
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for key, inner in properties.items():
            if key in value:
                problem = mismatch(value[key], inner, f"{path}.{key}")
                if problem:
                    return problem
    return ""


def _is(value: Any, name: Any) -> bool:
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _TYPES.get(name, object))
