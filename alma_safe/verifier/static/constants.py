"""The strings that an expression can be: names of attributes looked up at run time."""

from __future__ import annotations

import ast

from alma_safe.verifier.static.folding import fold_text
from alma_safe.verifier.static.scopes import Binding
from alma_safe.verifier.static.tree import Tree
from alma_safe.verifier.static.values import MAX_HOPS, values_of

_COPIES = frozenset({"sorted", "list", "tuple", "set", "frozenset", "reversed"})


def constant_names(tree: Tree, node: ast.expr, hops: int = 0) -> frozenset[str] | None:
    """The strings that ``node`` can be, when the file shows all of them; else None."""
    if hops > MAX_HOPS:
        return None
    text = fold_text(tree, node)
    if text is not None:
        return frozenset({text})
    if isinstance(node, ast.IfExp):
        return _union([constant_names(tree, part, hops + 1) for part in (node.body, node.orelse)])
    if isinstance(node, ast.BoolOp):
        return _union([constant_names(tree, part, hops + 1) for part in node.values])
    if isinstance(node, ast.Name):
        bindings = tree.bindings(node)
        if not bindings:
            return None
        return _union([_binding_names(tree, binding, hops + 1) for binding in bindings])
    if isinstance(node, ast.Subscript):
        return _member_names(tree, node.value, hops + 1)
    func = node.func if isinstance(node, ast.Call) else None
    if isinstance(node, ast.Call) and isinstance(func, ast.Attribute) and func.attr == "get":
        found = [_member_names(tree, func.value, hops + 1)]
        found += [constant_names(tree, arg, hops + 1) for arg in node.args[1:]]
        return _union(found)
    return None


def _binding_names(tree: Tree, binding: Binding, hops: int) -> frozenset[str] | None:
    if binding.value is None:
        return None
    target = binding.node
    parent = tree.parents.get(target)
    if binding.kind == "value":
        return constant_names(tree, binding.value, hops)
    if binding.kind != "loop":
        return None
    position = None
    if isinstance(parent, ast.Tuple):
        if any(isinstance(item, ast.Starred) for item in parent.elts):
            return None
        if not isinstance(tree.parents.get(parent), ast.For | ast.comprehension):
            return None
        position = parent.elts.index(target) if isinstance(target, ast.expr) else 0
    return _element_names(tree, binding.value, position, hops)


def _element_names(
    tree: Tree, iterable: ast.expr, position: int | None, hops: int
) -> frozenset[str] | None:
    """The strings that iterating over ``iterable`` gives, at ``position`` of each item."""
    if hops > MAX_HOPS:
        return None
    if isinstance(iterable, ast.Tuple | ast.List | ast.Set):
        items: list[ast.expr | None] = [
            item if position is None else _part(item, position) for item in iterable.elts
        ]
        return _union([constant_names(tree, item, hops + 1) if item else None for item in items])
    if isinstance(iterable, ast.Dict):
        if position is not None:
            return None
        return _union(
            [constant_names(tree, key, hops + 1) if key else None for key in iterable.keys]
        )
    if isinstance(iterable, ast.Call):
        return _call_names(tree, iterable, position, hops)
    values = values_of(tree, iterable)
    if values is None:
        return None
    return _union([_element_names(tree, value, position, hops + 1) for value in values])


def _part(item: ast.expr, position: int) -> ast.expr | None:
    if isinstance(item, ast.Tuple | ast.List) and position < len(item.elts):
        return item.elts[position]
    return None


def _call_names(
    tree: Tree, call: ast.Call, position: int | None, hops: int
) -> frozenset[str] | None:
    """Iteration over ``sorted(x)``, ``enumerate(x)``, ``d.keys()`` and ``d.items()``."""
    func = call.func
    if isinstance(func, ast.Name) and not tree.bindings(func) and len(call.args) == 1:
        if func.id in _COPIES:
            return _element_names(tree, call.args[0], position, hops + 1)
        if func.id == "enumerate" and position == 1:
            return _element_names(tree, call.args[0], None, hops + 1)
    if isinstance(func, ast.Attribute) and not call.args:
        if func.attr == "keys" and position is None:
            return _element_names(tree, func.value, None, hops + 1)
        if func.attr == "items" and position == 0:
            return _element_names(tree, func.value, None, hops + 1)
        if (func.attr == "items" and position == 1) or (func.attr == "values" and position is None):
            return _member_names(tree, func.value, hops + 1)
    return None


def _member_names(tree: Tree, container: ast.expr, hops: int) -> frozenset[str] | None:
    """The strings that indexing ``container`` can give."""
    if hops > MAX_HOPS:
        return None
    if isinstance(container, ast.Dict):
        return _union([constant_names(tree, value, hops + 1) for value in container.values])
    if isinstance(container, ast.Tuple | ast.List):
        return _union([constant_names(tree, item, hops + 1) for item in container.elts])
    values = values_of(tree, container)
    if values is None:
        return None
    return _union([_member_names(tree, value, hops + 1) for value in values])


def _union(found: list[frozenset[str] | None]) -> frozenset[str] | None:
    names: frozenset[str] = frozenset()
    for part in found:
        if part is None:
            return None
        names |= part
    return names


def visible_keys(tree: Tree, node: ast.expr) -> list[object]:
    """The keys of a dict that is unpacked; None for one that the file does not show."""
    if isinstance(node, ast.Dict):
        found: list[object] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                found += visible_keys(tree, value)
            else:
                found.append(fold_text(tree, key))
        return found
    if isinstance(node, ast.Call) and tree.is_builtin(node.func, "dict") and not node.args:
        names: list[object] = []
        for keyword in node.keywords:
            names += [keyword.arg] if keyword.arg else visible_keys(tree, keyword.value)
        return names
    values = values_of(tree, node)
    if values is None:
        return [None]
    return [key for value in values for key in visible_keys(tree, value)]
