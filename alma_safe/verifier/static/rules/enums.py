"""S204, continued: an enum made by a call is a class made from names that may be anything."""

from __future__ import annotations

import ast

from alma_safe.verifier.static.collector import Collector
from alma_safe.verifier.static.constants import constant_names, visible_keys
from alma_safe.verifier.static.ownership import ownership
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
    enums = _enums(tree)
    for node in tree.nodes(ast.Call):
        func = node.func
        if tree.path(func) in _ENUMS or _is_one_of(tree, func, enums) or _is_cls(tree, func, enums):
            _check_call(tree, node, collector)
    empty = frozenset(node for node in enums if not _has_member(tree, node))
    for node in tree.nodes(ast.Name) if empty else ():
        if isinstance(node.ctx, ast.Load) and _is_one_of(tree, node, empty):
            _check_use(tree, node, collector)


def _check_use(tree: Tree, node: ast.Name, collector: Collector) -> None:
    parent = tree.parents[node]
    called = isinstance(parent, ast.Call) and parent.func is node
    named = isinstance(parent, ast.Attribute) and parent.attr != "__call__"
    derived = isinstance(parent, ast.ClassDef) and node in parent.bases
    if not called and not named and not derived and not is_class_place(tree, node):
        message = "an enum without members, which makes further ones, is passed on"
        collector.add(MAKES_CLASS, node, message, hint=_HINT)


def _enums(tree: Tree) -> set[ast.AST]:
    """The enums of the file: to call one without members makes a class."""
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
    return enums


def _has_member(tree: Tree, node: ast.AST) -> bool:
    """Whether something in the class is a member for certain, so that no class is made of it."""
    bindings = tree.inner[node].bindings
    return "_ignore_" not in bindings and any(
        len(found) == 1
        and not name.startswith("_")
        and found[0].kind == "value"
        and _is_member(tree, found[0].value)
        for name, found in bindings.items()
    )


def _is_member(tree: Tree, value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return tree.sure_path(value.func) == "enum.auto"
    return isinstance(value, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.UnaryOp)


def _is_cls(tree: Tree, func: ast.expr, enums: set[ast.AST]) -> bool:
    """``cls`` in a class method, and ``type(self)``, of an enum of the file."""
    if isinstance(func, ast.Call) and func.args:
        func = func.args[0]
    elif isinstance(func, ast.Attribute) and func.attr == "__class__":
        func = func.value
    return ownership(tree).owner(func) in enums


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
