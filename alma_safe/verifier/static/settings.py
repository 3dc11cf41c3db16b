"""What the static checks need of a policy, in the form the worker uses.

The host sends these once per worker as JSON; the worker never reads a policy file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alma_safe.policy import Policy


# The same thing, or as good as that, under another address: what a policy forbids of one
# it forbids of both.
_ADDRESSES = {
    "langchain_chroma.vectorstores.Chroma": "langchain_chroma.Chroma",
    "enum.ReprEnum": "enum.Enum",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Caps of the text and the lists of names; see ``policies/strict.toml``."""

    max_depth: int
    max_nodes: int
    max_literal_chars: int
    max_number_digits: int
    max_constant_size: int
    modules: Mapping[str, frozenset[str]]
    module_prefixes: frozenset[str]
    forbidden_builtins: frozenset[str]
    forbidden_attributes: frozenset[str]
    guarded_attributes: frozenset[str]
    dunder_methods: frozenset[str]
    dunder_attributes: frozenset[str]
    module_calls: frozenset[str]
    forbidden_keywords: Mapping[str, frozenset[str]]

    def is_module(self, path: str) -> bool:
        """Whether ``path`` is a module a design may import, or a package above one."""
        return path in self.modules or path in self.module_prefixes


def to_json(policy: Policy) -> dict[str, Any]:
    """Return the parts of ``policy`` that the worker needs, as JSON values."""
    source, static = policy.source, policy.static
    return {
        "max_depth": source.max_depth,
        "max_nodes": source.max_nodes,
        "max_literal_chars": source.max_literal_chars,
        "max_number_digits": source.max_number_digits,
        "max_constant_size": static.max_constant_size,
        "modules": {module: list(names) for module, names in policy.import_table.items()},
        "forbidden_builtins": list(static.forbidden_builtins),
        "forbidden_attributes": list(static.forbidden_attributes),
        "guarded_attributes": list(static.guarded_attributes),
        "dunder_methods": list(static.dunder_methods),
        "dunder_attributes": list(static.dunder_attributes),
        "module_calls": list(static.module_calls),
        "forbidden_keywords": list(static.forbidden_keywords),
    }


def from_json(data: Mapping[str, Any]) -> Settings:
    """Build the settings in the worker from what :func:`to_json` gave on the host."""
    modules = {module: frozenset(names) for module, names in data["modules"].items()}
    prefixes = {
        module[:end]
        for module in modules
        for end, char in enumerate(module)
        if char == "." and module[:end] not in modules
    }
    keywords: dict[str, set[str]] = {}
    for entry in data["forbidden_keywords"]:
        callee, _, keyword = entry.partition(":")
        keywords.setdefault(callee, set()).add(keyword)
    for address, callee in _ADDRESSES.items():
        keywords.setdefault(address, set()).update(keywords.get(callee, ()))
    return Settings(
        max_depth=data["max_depth"],
        max_nodes=data["max_nodes"],
        max_literal_chars=data["max_literal_chars"],
        max_number_digits=data["max_number_digits"],
        max_constant_size=data["max_constant_size"],
        modules=modules,
        module_prefixes=frozenset(prefixes),
        forbidden_builtins=frozenset(data["forbidden_builtins"]),
        forbidden_attributes=frozenset(data["forbidden_attributes"]),
        guarded_attributes=frozenset(data["guarded_attributes"]),
        dunder_methods=frozenset(data["dunder_methods"]),
        dunder_attributes=frozenset(data["dunder_attributes"]),
        module_calls=frozenset(data["module_calls"]),
        forbidden_keywords={callee: frozenset(found) for callee, found in keywords.items()},
    )
