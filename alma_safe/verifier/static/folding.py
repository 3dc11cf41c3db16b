"""Texts and numbers that an expression is known to be without running it.

Everything here is bounded: no text longer than ``_MAX_TEXT`` and no number above 2**64
is ever built, and names are followed ``MAX_HOPS`` times.
"""

from __future__ import annotations

import ast
import textwrap

from alma_safe.verifier.static.tree import Tree
from alma_safe.verifier.static.values import DIRECT, MAX_HOPS, attribute_values, display

_MAX_TEXT = 200_000
_HUGE = 2**1000
_FOLDED_METHODS = frozenset(
    {
        "strip", "lstrip", "rstrip", "lower", "upper", "replace", "casefold", "swapcase",
        "removeprefix", "removesuffix", "capitalize", "title", "expandtabs",
    }
)  # fmt: skip


def fold_text(tree: Tree, node: ast.expr, hops: int = 0) -> str | None:
    """The text that ``node`` is, when it is built from constants only; else None."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if hops > MAX_HOPS:
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
            if isinstance(number, int) and abs(number) < _HUGE:
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
            return text * max(count, 0)  # Not every negative number is one of items.
    return None


def _fold_name(tree: Tree, node: ast.Name, hops: int) -> str | None:
    bindings = tree.bindings(node)
    if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].value is None:
        return None
    if not isinstance(tree.parents.get(bindings[0].node), DIRECT):
        return None
    return fold_text(tree, bindings[0].value, hops + 1)


def _fold_call(tree: Tree, node: ast.Call, hops: int) -> str | None:
    if node.keywords:
        return None
    path = tree.sure_path(node.func)
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
        items = display(tree, node.args[0])
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


def fold_number(tree: Tree, node: ast.expr, hops: int = 0) -> int | float | None:
    """The number that ``node`` is, when it is a constant or a name of one; else None.

    Arithmetic is folded only while it stays below 2**64.
    """
    if isinstance(node, ast.Constant):
        return _plain_number(node.value)
    if hops > MAX_HOPS * 4:
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = fold_number(tree, node.operand, hops + 1)
        return None if operand is None else -operand
    if isinstance(node, ast.Name):
        bindings = tree.bindings(node)
        if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].value is None:
            return None
        if not isinstance(tree.parents.get(bindings[0].node), DIRECT):
            return None
        return fold_number(tree, bindings[0].value, hops + 1)
    if isinstance(node, ast.BinOp):
        left = fold_number(tree, node.left, hops + 1)
        right = fold_number(tree, node.right, hops + 1)
        if left is None or right is None:
            return None
        return operate(node.op, left, right)
    return None


def _plain_number(value: object) -> int | float | None:
    """A number as it is, a huge one as one that still is a float: no bomb is smaller than that."""
    if isinstance(value, float):
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return max(-_HUGE, min(value, _HUGE))


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
