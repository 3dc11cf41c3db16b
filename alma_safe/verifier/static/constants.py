"""What an expression is known to be without running it: strings, numbers, sizes.

Everything here is bounded: no text longer than ``_MAX_TEXT`` and no number of more
than ``_MAX_BITS`` bits is ever built, and names are followed ``_MAX_HOPS`` times.
"""

from __future__ import annotations

import ast
import textwrap

from alma_safe.verifier.static.scopes import Binding
from alma_safe.verifier.static.tree import Tree

_MAX_TEXT = 200_000
_MAX_HOPS = 8
_FOLDED_METHODS = frozenset(
    {
        "strip", "lstrip", "rstrip", "lower", "upper", "replace", "casefold", "swapcase",
        "removeprefix", "removesuffix", "capitalize", "title", "expandtabs",
    }
)  # fmt: skip


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


def constant_names(tree: Tree, node: ast.expr, hops: int = 0) -> frozenset[str] | None:
    """The strings that ``node`` can be, when the file shows all of them; else None."""
    if hops > _MAX_HOPS:
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
    if isinstance(node, ast.Attribute) and node.attr == "name":
        return _field_names(tree, node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "get" and node.args:
            found = [_member_names(tree, node.func.value, hops + 1)]
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
    if hops > _MAX_HOPS:
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
    values = _values_of(tree, iterable)
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
        if func.attr == "items" and position == 1 or func.attr == "values" and position is None:
            return _member_names(tree, func.value, hops + 1)
    return None


_COPIES = frozenset({"sorted", "list", "tuple", "set", "frozenset", "reversed"})


def _member_names(tree: Tree, container: ast.expr, hops: int) -> frozenset[str] | None:
    """The strings that indexing ``container`` can give."""
    if hops > _MAX_HOPS:
        return None
    if isinstance(container, ast.Dict):
        return _union([constant_names(tree, value, hops + 1) for value in container.values])
    if isinstance(container, ast.Tuple | ast.List):
        return _union([constant_names(tree, item, hops + 1) for item in container.elts])
    values = _values_of(tree, container)
    if values is None:
        return None
    return _union([_member_names(tree, value, hops + 1) for value in values])


def _values_of(tree: Tree, node: ast.expr) -> list[ast.expr] | None:
    """What a name or an attribute was assigned, when every assignment is visible."""
    if isinstance(node, ast.Name):
        bindings = tree.bindings(node)
        if not bindings or any(b.kind != "value" or b.value is None for b in bindings):
            return None
        # The target of an unpacking gets a part of the value only.
        if any(not isinstance(tree.parents.get(b.node), _DIRECT) for b in bindings):
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
    return values if values and all(_only_reads(tree, use) for use in uses) else None


def _only_reads(tree: Tree, node: ast.AST) -> bool:
    """Whether this use of a list, set or dict leaves it as it was written."""
    parent = tree.parents.get(node)
    if isinstance(parent, ast.Assign | ast.AnnAssign):
        return parent.value is not node
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is node
    if isinstance(parent, ast.Subscript):
        return parent.value is not node or isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.Attribute):
        return parent.attr in _READERS
    if isinstance(parent, ast.Call):
        func = parent.func
        return isinstance(func, ast.Name) and func.id in _READING and not tree.bindings(func)
    return isinstance(parent, ast.Compare)


_CONSTANT_CONTAINERS = (ast.Tuple, ast.Constant)
_READERS = frozenset({"items", "keys", "values", "get", "index", "count", "copy"})
_READING = frozenset(
    {"len", "sorted", "list", "tuple", "set", "frozenset", "enumerate", "zip", "isinstance", "any"}
)
_DIRECT = (ast.Assign, ast.AnnAssign, ast.NamedExpr)


def _field_names(tree: Tree, node: ast.Attribute) -> frozenset[str] | None:
    """``field.name`` where ``field`` runs over ``dataclasses.fields(...)``."""
    if not isinstance(node.value, ast.Name):
        return None
    for binding in tree.bindings(node.value):
        value = binding.value
        if binding.kind != "loop" or not isinstance(value, ast.Call):
            return None
        if tree.is_builtin(value.func, "enumerate") and len(value.args) == 1:
            value = value.args[0]
        if not isinstance(value, ast.Call):
            return None
        if tree.path(value.func) != "dataclasses.fields":
            return None
    return frozenset() if tree.bindings(node.value) else None


def _union(found: list[frozenset[str] | None]) -> frozenset[str] | None:
    names: frozenset[str] = frozenset()
    for part in found:
        if part is None:
            return None
        names |= part
    return names


# --------------------------------------------------------------------------- folding


def fold_text(tree: Tree, node: ast.expr, hops: int = 0) -> str | None:
    """The text that ``node`` is, when it is built from constants only; else None."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if hops > _MAX_HOPS:
        return None
    if isinstance(node, ast.JoinedStr):
        return _fold_parts(tree, node.values, hops)
    if isinstance(node, ast.BinOp):
        return _fold_operation(tree, node, hops)
    if isinstance(node, ast.Name):
        return _fold_name(tree, node, hops)
    if isinstance(node, ast.Call):
        return _fold_call(tree, node, hops)
    if isinstance(node, ast.Attribute):
        values = attribute_values(tree, node)
        if values is not None and len(values) == 1:
            return fold_text(tree, values[0], hops + 1)
    return None


def _fold_parts(tree: Tree, parts: list[ast.expr], hops: int) -> str | None:
    texts = []
    for part in parts:
        if isinstance(part, ast.FormattedValue):
            if part.format_spec is not None or part.conversion != -1:
                return None
            part = part.value
            number = fold_number(tree, part)
            if isinstance(number, int):
                texts.append(str(number))
                continue
        text = fold_text(tree, part, hops + 1)
        if text is None:
            return None
        texts.append(text)
    joined = "".join(texts)
    return joined if len(joined) <= _MAX_TEXT else None


def _fold_operation(tree: Tree, node: ast.BinOp, hops: int) -> str | None:
    if isinstance(node.op, ast.Mult):
        return _fold_repetition(tree, node, hops)
    # A chain of additions leans left and may be long: walked, not recursed into.
    parts: list[ast.expr] = []
    current: ast.expr = node
    while isinstance(current, ast.BinOp) and isinstance(current.op, ast.Add):
        parts.append(current.right)
        current = current.left
    if not parts:
        return None
    parts.append(current)
    return _fold_parts(tree, parts[::-1], hops)


def _fold_repetition(tree: Tree, node: ast.BinOp, hops: int) -> str | None:
    for literal, number in ((node.left, node.right), (node.right, node.left)):
        text, count = fold_text(tree, literal, hops + 1), fold_number(tree, number)
        if text is not None and isinstance(count, int) and len(text) * count <= _MAX_TEXT:
            return text * count
    return None


def _fold_name(tree: Tree, node: ast.Name, hops: int) -> str | None:
    bindings = tree.bindings(node)
    if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].value is None:
        return None
    if not isinstance(tree.parents.get(bindings[0].node), _DIRECT):
        return None
    return fold_text(tree, bindings[0].value, hops + 1)


def _fold_call(tree: Tree, node: ast.Call, hops: int) -> str | None:
    if node.keywords:
        return None
    path = tree.path(node.func)
    if path in ("textwrap.dedent", "inspect.cleandoc") and len(node.args) == 1:
        text = fold_text(tree, node.args[0], hops + 1)
        return None if text is None else textwrap.dedent(text)
    if not isinstance(node.func, ast.Attribute):
        return None
    method = node.func.attr
    receiver = fold_text(tree, node.func.value, hops + 1)
    if receiver is None:
        return None
    if method == "join" and len(node.args) == 1:
        items = _display(tree, node.args[0])
        if items is None:
            return None
        pieces = [fold_text(tree, item, hops + 1) for item in items]
        texts = [piece for piece in pieces if piece is not None]
        if len(texts) < len(pieces) or sum(map(len, texts)) > _MAX_TEXT:
            return None
        return receiver.join(texts)[:_MAX_TEXT] if len(receiver) < 1000 else None
    if method not in _FOLDED_METHODS:
        return None
    arguments = [fold_text(tree, arg, hops + 1) for arg in node.args]
    texts = [argument for argument in arguments if argument is not None]
    if len(texts) < len(arguments) or sum(map(len, texts)) * len(receiver) > _MAX_TEXT * 100:
        return None
    if method == "replace" and len(texts) == 2 and len(texts[1]) * len(receiver) > _MAX_TEXT:
        return None
    try:
        folded = getattr(receiver, method)(*texts)
    except TypeError:
        return None
    return folded if isinstance(folded, str) and len(folded) <= _MAX_TEXT else None


def _display(tree: Tree, node: ast.expr) -> list[ast.expr] | None:
    """The items of a list or tuple display, or of the only one a name stands for."""
    if isinstance(node, ast.Name | ast.Attribute):
        values = _values_of(tree, node) or []
        if len(values) != 1:
            return None
        node = values[0]
    return node.elts if isinstance(node, ast.List | ast.Tuple) else None


def fold_number(tree: Tree, node: ast.expr, hops: int = 0) -> int | float | None:
    """The number that ``node`` is, when it is a constant or a name of one; else None.

    Arithmetic is folded only while it stays below 2**64.
    """
    if isinstance(node, ast.Constant):
        value = node.value
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if hops > _MAX_HOPS * 4:
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = fold_number(tree, node.operand, hops + 1)
        return None if operand is None else -operand
    if isinstance(node, ast.Name):
        bindings = tree.bindings(node)
        if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].value is None:
            return None
        if not isinstance(tree.parents.get(bindings[0].node), _DIRECT):
            return None
        return fold_number(tree, bindings[0].value, hops + 1)
    if isinstance(node, ast.BinOp):
        left = fold_number(tree, node.left, hops + 1)
        right = fold_number(tree, node.right, hops + 1)
        if left is None or right is None:
            return None
        return operate(node.op, left, right)
    return None


def operate(operator: ast.operator, left: int | float, right: int | float) -> int | float | None:
    """Carry out one operation, or None when its result passes 2**64 or is not a number."""
    limit = 2.0**64
    try:
        if isinstance(operator, ast.Add):
            result: int | float = left + right
        elif isinstance(operator, ast.Sub):
            result = left - right
        elif isinstance(operator, ast.Mult):
            result = left * right
        elif isinstance(operator, ast.Pow):
            if bits_of_power(left, right) > 64:
                return None
            result = left**right
        elif isinstance(operator, ast.LShift):
            if right > 64:
                return None
            result = int(left) << int(right)
        elif isinstance(operator, ast.FloorDiv):
            result = left // right
        elif isinstance(operator, ast.Div):
            result = left / right
        else:
            return None
    except (ArithmeticError, ValueError, TypeError):
        return None
    return result if isinstance(result, int | float) and abs(result) <= limit else None


def bits_of_power(base: int | float, exponent: int | float) -> float:
    """About how many bits ``base ** exponent`` has; 0 for what stays small."""
    if isinstance(base, float) or isinstance(exponent, float) or exponent <= 0:
        return 0.0
    magnitude = abs(base)
    if magnitude <= 1:
        return 0.0
    return magnitude.bit_length() * float(exponent)

