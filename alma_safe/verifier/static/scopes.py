"""Names and where they are bound: Python's scoping rules, over-approximated.

A lookup returns every binding that a name could have at that place, so a rule that
asks "could this be the module?" is never fooled by a second, harmless binding.
"""

from __future__ import annotations

import ast
from typing import NamedTuple


class Binding(NamedTuple):
    """One place that binds a name.

    ``kind``: import, from, def, class, param, value, loop or other. ``target`` is the
    dotted path of an import, ``value`` the expression assigned or iterated.
    """

    kind: str
    node: ast.AST
    target: str = ""
    value: ast.expr | None = None


class Scope:
    """One namespace. ``kind``: module, class, function, comprehension or types."""

    __slots__ = ("bindings", "depth", "enclosing", "globals", "kind", "node", "nonlocals", "outer")

    def __init__(self, kind: str, node: ast.AST, outer: Scope | None) -> None:
        self.kind = kind
        self.node = node
        self.outer = outer
        self.enclosing = outer
        self.depth: int = 0 if outer is None else outer.depth + 1
        self.bindings: dict[str, list[Binding]] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()

    def bind(self, name: str, binding: Binding) -> None:
        """Record that this scope binds ``name``."""
        found = self.bindings.get(name)
        if found is None:
            self.bindings[name] = [binding]
        else:
            found.append(binding)

    def lookup(self, name: str) -> list[Binding]:
        """Every binding that ``name`` may have when read here; empty for a builtin.

        What a class body or the module binds may not be bound yet when the name is
        read, so those lookups go on outward.
        """
        scope: Scope | None = self
        found: list[Binding] = []
        while scope is not None:
            here = scope.bindings.get(name)
            if here is not None and (scope.kind != "class" or scope is self):
                if scope.kind != "class":
                    return found + here if found else here
                found = found + here
            scope = scope.outer
        return found

    def owner(self) -> Scope:
        """The scope that an assignment expression here binds in."""
        scope = self
        while scope.kind == "comprehension" and scope.outer is not None:
            scope = scope.outer
        return scope


def settle(scopes: list[Scope]) -> None:
    """Move what ``global`` and ``nonlocal`` declare to the scope that owns it."""
    module = scopes[0]
    for scope in scopes[1:]:
        for name in scope.globals:
            for binding in scope.bindings.pop(name, ()):
                module.bind(name, binding)
        for name in scope.nonlocals - scope.globals:
            moved = scope.bindings.pop(name, ())
            outer = scope.outer
            while outer is not None and (outer.kind != "function" or name not in outer.bindings):
                outer = outer.outer
            for binding in moved:
                (outer or module).bind(name, binding)
    # Read in a scope that declares it global, a name skips the functions between.
    for scope in scopes[1:]:
        for name in scope.globals:
            if name in module.bindings:
                scope.bindings[name] = module.bindings[name]
