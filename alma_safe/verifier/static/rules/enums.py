"""S204, continued: an enum made by a call is a class made from names that may be anything."""

from __future__ import annotations

import ast

from alma_safe.verifier.static.collector import Collector
from alma_safe.verifier.static.constants import constant_names, visible_keys
from alma_safe.verifier.static.places import is_class_place
from alma_safe.verifier.static.rules.names import MAKES_CLASS
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree

RULES = ()

_ENUMS = frozenset(
    f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum")
)
_HINT = "write a class statement, or list the names: Enum('Kind', 'WIN LOSS')"


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    if "enum" not in tree.packages:
        return
    empty = _empty_enums(tree)
    for node in tree.nodes(ast.Call):
        if tree.path(node.func) in _ENUMS or _is_one_of(tree, node.func, empty):
            _check_call(tree, node, collector)
    for node in tree.nodes(ast.Name) if empty else ():
        if isinstance(node.ctx, ast.Load) and _is_one_of(tree, node, empty):
            parent = tree.parents[node]
            called = isinstance(parent, ast.Call) and parent.func is node
            named = isinstance(parent, ast.Attribute | ast.ClassDef)
            if not called and not named and not is_class_place(tree, node):
                message = "an enum without members, which makes further ones, is passed on"
                collector.add(MAKES_CLASS, node, message, hint=_HINT)


def _empty_enums(tree: Tree) -> frozenset[ast.AST]:
    """Enums of the file without members: to call one makes a class."""
    enums: set[ast.AST] = set()
    grown = True
    while grown:
        grown = False
        for node in tree.nodes(ast.ClassDef):
            if node not in enums and any(
                tree.path(base) in _ENUMS or _is_one_of(tree, base, enums) for base in node.bases
            ):
                enums.add(node)
                grown = True
    return frozenset(
        node
        for node in enums
        if not any(
            each.kind == "value" and not name.startswith("_")
            for name, bindings in tree.inner[node].bindings.items()
            for each in bindings
        )
    )


def _is_one_of(tree: Tree, node: ast.expr, classes: set[ast.AST] | frozenset[ast.AST]) -> bool:
    return isinstance(node, ast.Name) and any(
        binding.node in classes for binding in tree.bindings(node)
    )


def _check_call(tree: Tree, call: ast.Call, collector: Collector) -> None:
    given = call.args[1:2] + [each.value for each in call.keywords if each.arg in ("names", None)]
    unseen = any(isinstance(each, ast.Starred) for each in call.args)
    for node in given:
        names = _names(tree, node)
        unseen = unseen or any(name is None or name.startswith("__") for name in names)
    if unseen:
        message = "the names in an enum that is made here cannot be seen"
        collector.add(MAKES_CLASS, call, message, hint=_HINT)


def _names(tree: Tree, node: ast.expr) -> list[str | None]:
    """The names of the members as far as the file shows them; None for any other."""
    if isinstance(node, ast.List | ast.Tuple):
        found: list[str | None] = []
        for item in node.elts:
            # Pairs of a name and a value, or names alone.
            pair = item.elts if isinstance(item, ast.List | ast.Tuple) else []
            found += _names(tree, pair[0] if pair else item)
        return found
    texts = constant_names(tree, node)
    if texts is not None:
        return [name for text in texts for name in text.replace(",", " ").split()]
    return [key if isinstance(key, str) else None for key in visible_keys(tree, node)]
