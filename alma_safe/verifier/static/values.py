"""Which expressions a name or an attribute stands for, when the file shows all of them."""

from __future__ import annotations

import ast

from alma_safe.verifier.static.tree import Tree

DIRECT = (ast.Assign, ast.AnnAssign, ast.NamedExpr)
"""Statements that give their target the whole value."""

MAX_HOPS = 8
"""How many names are followed from one expression."""

_CONSTANT_CONTAINERS = (ast.Tuple, ast.Constant)
_READERS = frozenset({"items", "keys", "values", "get", "index", "count", "copy"})
_READING = frozenset(
    {"len", "sorted", "list", "tuple", "set", "frozenset", "enumerate", "zip", "any"}
)


def attribute_values(tree: Tree, node: ast.Attribute) -> list[ast.expr] | None:
    """Every expression assigned to ``self.x`` or as a class attribute ``x``; None if unseen."""
    values: list[ast.expr] = []
    for other in tree.attribute_stores().get(node.attr, ()):
        parent = tree.parents[other]
        value = getattr(parent, "value", None)
        if isinstance(parent, ast.Assign | ast.AnnAssign) and isinstance(value, ast.expr):
            values.append(value)
        else:
            return None
    for definition in tree.nodes(ast.ClassDef):
        inner = tree.inner[definition]
        for binding in inner.bindings.get(node.attr, ()):
            if binding.value is None or binding.kind != "value":
                return None
            values.append(binding.value)
    return values or None


def values_of(tree: Tree, node: ast.expr) -> list[ast.expr] | None:
    """What a name or an attribute was assigned, when every assignment is visible."""
    if isinstance(node, ast.Name):
        bindings = tree.bindings(node)
        if not bindings or any(b.kind != "value" or b.value is None for b in bindings):
            return None
        # The target of an unpacking gets a part of the value only.
        if any(not isinstance(tree.parents.get(b.node), DIRECT) for b in bindings):
            return None
        values = [b.value for b in bindings if b.value is not None]
        uses: list[ast.AST] = [name for name in tree.nodes(ast.Name) if name.id == node.id]
    elif isinstance(node, ast.Attribute):
        values = attribute_values(tree, node) or []
        uses = [other for other in tree.nodes(ast.Attribute) if other.attr == node.attr]
    else:
        return None
    if all(isinstance(value, _CONSTANT_CONTAINERS) for value in values):
        return values or None
    # What lies in it can be changed by whoever gets it out.
    flat = all(isinstance(value, ast.Call) or _is_flat(value) for value in values)
    return values if values and flat and all(_only_reads(tree, use) for use in uses) else None


def _is_flat(display: ast.expr) -> bool:
    """Whether no list, set or dict lies within this one."""
    inner = (part for part in ast.walk(display) if part is not display)
    return not any(isinstance(part, ast.List | ast.Set | ast.Dict) for part in inner)


def _only_reads(tree: Tree, node: ast.AST) -> bool:
    """Whether this use of a list, set or dict leaves it as it was written."""
    parent = tree.parents.get(node)
    if isinstance(parent, ast.Assign | ast.AnnAssign):
        return parent.value is not node
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is node
    if isinstance(parent, ast.Subscript):
        # As a key it is handed to the object that is asked for it.
        return parent.value is node and isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.keyword):
        return parent.arg is None  # f(**x) gets a copy
    if isinstance(parent, ast.Attribute):
        return parent.attr in _READERS
    if isinstance(parent, ast.Call):
        func = parent.func
        return isinstance(func, ast.Name) and func.id in _READING and not tree.bindings(func)
    # Any other comparison, or a search in something else, may hand it to an object's method.
    return (
        isinstance(parent, ast.Compare)
        and parent.left is not node
        and all(isinstance(each, ast.In | ast.NotIn) for each in parent.ops)
    )


def display(tree: Tree, node: ast.expr) -> list[ast.expr] | None:
    """The items of a list or tuple display, or of the only one a name stands for."""
    if isinstance(node, ast.Name | ast.Attribute):
        values = values_of(tree, node) or []
        if len(values) != 1:
            return None
        node = values[0]
    return node.elts if isinstance(node, ast.List | ast.Tuple) else None
