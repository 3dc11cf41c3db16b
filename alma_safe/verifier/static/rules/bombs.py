"""S80x: constants and ranges that grow into bombs, patterns that explode."""

from __future__ import annotations

import ast
import re

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.folding import bits_of_power, fold_number
from alma_safe.verifier.static.rules.loops import leaves
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree

CONSTANT = Rule(
    id="S801",
    stage="static",
    title="constant expression that builds a huge value",
    reason="A few characters of source can ask for gigabytes of memory or hours of arithmetic.",
    remedy="Use a size that the memory really needs.",
)
ITERATION = Rule(
    id="S802",
    stage="static",
    title="iteration over a huge or endless range",
    reason="It fills the memory or never ends.",
    remedy="Bound the range; take a slice of an endless iterator with itertools.islice.",
)
REGEX = Rule(
    id="S804",
    stage="static",
    title="regular expression that can take exponential time",
    reason="Nested repetition makes the matcher try every way to split a long text.",
    remedy="Remove the inner repetition, or match word by word.",
    warns=True,
)

RULES = (CONSTANT, ITERATION, REGEX)

_CONSUMERS = frozenset(
    {
        "list", "tuple", "set", "frozenset", "dict", "sum", "max", "min", "sorted", "bytes",
        "bytearray", "any", "all",
    }
)  # fmt: skip
_ALLOCATORS = frozenset({"bytes", "bytearray"})
_ARRAYS = frozenset(
    f"numpy.{name}" for name in ("zeros", "ones", "empty", "full", "arange", "eye", "identity")
)
_ARRAY_FACTOR = 50
_ENDLESS = frozenset({"itertools.repeat", "itertools.count", "itertools.cycle"})
_PADDING = frozenset({"ljust", "rjust", "center", "zfill"})
_LOOP_LIMIT = 10**9
_MATH = {"math.factorial": 20_000, "math.perm": 20_000, "math.comb": 200_000}
_NESTED = re.compile(r"\((?:\?:)?[^()|\[\]]{0,80}[+*][^()|\[\]]{0,8}\)[+*]")
_PERCENT_WIDTH = re.compile(r"%[-+ #0]*\d{7,}")
_WIDTH = re.compile(r"\d{7,}")


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    limit = settings.max_constant_size
    for node in tree.nodes(ast.BinOp, ast.AugAssign):
        _check_operation(tree, node, limit, collector)
    for node in tree.nodes(ast.Call):
        _check_call(tree, node, limit, collector)
    for node in tree.nodes(ast.For, ast.comprehension):
        _check_iteration(tree, node, collector)
    for node in tree.nodes(ast.FormattedValue):
        spec = node.format_spec
        if isinstance(spec, ast.JoinedStr):
            for part in spec.values:
                width: int | float | None = None
                if isinstance(part, ast.FormattedValue):
                    width = fold_number(tree, part.value)
                if (width or 0) >= 10**6 or (
                    isinstance(part, ast.Constant) and _WIDTH.search(str(part.value))
                ):
                    collector.add(CONSTANT, node, "a format width of over a million")
    _check_growth(tree, limit, collector)


# ------------------------------------------------------------------------ arithmetic


def _check_operation(
    tree: Tree, node: ast.BinOp | ast.AugAssign, limit: int, collector: Collector
) -> None:
    left: ast.expr
    if isinstance(node, ast.AugAssign):
        left, right = node.target, node.value
    else:
        left, right = node.left, node.right
    if isinstance(node.op, ast.Pow):
        base, exponent = fold_number(tree, left), fold_number(tree, right)
        if base is not None and exponent is not None and bits_of_power(base, exponent) > limit:
            collector.add(CONSTANT, node, "a power of more bits than allowed")
        elif exponent is None and _is_tower(node):
            collector.add(CONSTANT, node, "a tower of powers")
    elif isinstance(node.op, ast.LShift):
        shift = fold_number(tree, right)
        if shift is not None and shift > limit:
            collector.add(CONSTANT, node, f"a shift by {shift:.3g} bits")
    elif isinstance(node.op, ast.Mult):
        size = _size(tree, left)
        count = fold_number(tree, right)
        if size is None:
            size, count = _size(tree, right), fold_number(tree, left)
        if size and count is not None and size * count > limit:
            collector.add(CONSTANT, node, f"a repetition of {size * count:.3g} items")
    elif (
        isinstance(node.op, ast.Mod)
        and isinstance(left, ast.Constant)
        and _PERCENT_WIDTH.search(str(left.value))
    ):
        collector.add(CONSTANT, node, "a format width of over a million")


def _is_tower(node: ast.BinOp | ast.AugAssign) -> bool:
    """``9 ** 9 ** 9``: a power of a power of constants, both above one."""
    depth = 0
    current: ast.AST = node
    while isinstance(current, ast.BinOp) and isinstance(current.op, ast.Pow):
        if not isinstance(current.left, ast.Constant) or current.left.value in (0, 1, -1):
            return False
        depth += 1
        current = current.right
    # 2 ** 2 ** 3 is folded before; what is left here passes 64 bits.
    return depth > 1 and isinstance(current, ast.Constant) and current.value not in (0, 1)


def _size(tree: Tree, node: ast.expr) -> float | None:
    """Items in a literal, or in a repetition of one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return float(len(node.value))
    if isinstance(node, ast.List | ast.Tuple):
        return float(len(node.elts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for literal, number in ((node.left, node.right), (node.right, node.left)):
            size, count = _size(tree, literal), fold_number(tree, number)
            if size is not None and count is not None:
                return size * count
    if isinstance(node, ast.Name):
        bindings = tree.bindings(node)
        if len(bindings) == 1 and bindings[0].kind == "value":
            value = bindings[0].value
            if isinstance(value, ast.Constant | ast.List | ast.Tuple):
                return _size(tree, value)
    return None


def _check_growth(tree: Tree, limit: int, collector: Collector) -> None:
    """Constants that grow from name to name: ``B = A + A``, ``C = B + B``...

    A checker that folds constants would build them even in code that never runs.
    """
    sizes: dict[ast.AST, float] = {}
    assignments = [node for node in tree.nodes(ast.Assign, ast.AnnAssign) if node.value is not None]
    assignments.sort(key=lambda node: (node.lineno, node.col_offset))
    for node in assignments:
        size = _grown(tree, node.value, sizes, 0)
        if size is None:
            continue
        if size > limit:
            collector.add(CONSTANT, node, f"constants that add up to a size of {size:.3g}")
            return
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and len(tree.bindings(target)) == 1:
                sizes[target] = size


def _grown(tree: Tree, node: ast.expr, sizes: dict[ast.AST, float], depth: int) -> float | None:
    """Characters, items or bits of a constant expression over names in ``sizes``."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str | bytes):
            return float(len(node.value))
        return float(node.value.bit_length()) if type(node.value) is int else None
    if isinstance(node, ast.Name):
        bindings = tree.bindings(node)
        return sizes.get(bindings[0].node) if len(bindings) == 1 else None
    if depth > 100:
        return None
    if isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.FormattedValue) else part for part in node.values
        ]
        return sum(_grown(tree, part, sizes, depth + 1) or 0.0 for part in parts)
    if isinstance(node, ast.Tuple | ast.List):
        stars = [part.value for part in node.elts if isinstance(part, ast.Starred)]
        found = sum(_grown(tree, part, sizes, depth + 1) or 0.0 for part in stars)
        return found + len(node.elts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
        left = _grown(tree, node.left, sizes, depth + 1)
        right = _grown(tree, node.right, sizes, depth + 1)
        return None if left is None or right is None else left + right
    return None


# ----------------------------------------------------------------------------- calls


def _check_call(tree: Tree, node: ast.Call, limit: int, collector: Collector) -> None:
    func = node.func
    path = tree.path(func)
    if isinstance(func, ast.Name) and path is None and not tree.bindings(func):
        _check_builtin_call(tree, node, func.id, limit, collector)
    elif path in _ARRAYS and node.args:
        items = _array_items(tree, node, path)
        if items is not None and items > limit * _ARRAY_FACTOR:
            collector.add(CONSTANT, node, f"an array of {items:.3g} items")
    elif path in _MATH and node.args:
        number = fold_number(tree, node.args[0])
        if number is not None and number > _MATH[path]:
            collector.add(CONSTANT, node, f"{path} of {number:.3g}")
    elif path in _ENDLESS and not (path == "itertools.repeat" and len(node.args) > 1):
        _check_endless(tree, node, collector)
    elif path is not None and path.startswith("re.") and node.args:
        _check_regex(tree, node, collector)
    elif isinstance(func, ast.Attribute) and func.attr in _PADDING and node.args:
        width = fold_number(tree, node.args[0])
        if width is not None and width > limit:
            collector.add(CONSTANT, node, f"padding to {width:.3g} characters")


def _check_builtin_call(
    tree: Tree, node: ast.Call, name: str, limit: int, collector: Collector
) -> None:
    if name in _ALLOCATORS and node.args:
        size = fold_number(tree, node.args[0])
        if size is not None and size > limit * _ARRAY_FACTOR:
            collector.add(CONSTANT, node, f"{name} of {size:.3g} bytes")
    if name == "pow" and len(node.args) == 2:
        base, exponent = (fold_number(tree, argument) for argument in node.args)
        if base is not None and exponent is not None and bits_of_power(base, exponent) > limit:
            collector.add(CONSTANT, node, "a power of more bits than allowed")
    if name in _CONSUMERS and node.args:
        count = _range_length(tree, node.args[0])
        if count is not None and count > limit * 10:
            collector.add(ITERATION, node, f"{name}() over a range of {count:.3g} items")


def _array_items(tree: Tree, node: ast.Call, path: str) -> float | None:
    shape = node.args[0]
    parts = shape.elts if isinstance(shape, ast.Tuple | ast.List) else [shape]
    if path.endswith(("eye", "identity")):
        parts = [shape, node.args[1] if len(node.args) > 1 else shape]
    if path.endswith("arange") and len(node.args) > 1:
        parts = [node.args[1]]
    items = 1.0
    for part in parts:
        number = fold_number(tree, part)
        if number is None:
            return None
        items *= abs(float(number))
    return items


def _check_endless(tree: Tree, node: ast.Call, collector: Collector) -> None:
    parent = tree.parents[node]
    if (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and parent.func.id in _CONSUMERS
        and not tree.bindings(parent.func)
        and parent.args[:1] == [node]
    ):
        collector.add(ITERATION, parent, f"{parent.func.id}() over an endless iterator")


def _range_length(tree: Tree, node: ast.expr) -> float | None:
    if isinstance(node, ast.GeneratorExp) and len(node.generators) == 1:
        node = node.generators[0].iter
    if not isinstance(node, ast.Call) or not tree.is_builtin(node.func, "range") or not node.args:
        return None
    numbers = [fold_number(tree, argument) for argument in node.args]
    if any(number is None for number in numbers):
        return None
    known = [float(number) for number in numbers if number is not None]
    if len(known) == 1:
        return known[0]
    step = abs(known[2]) if len(known) > 2 and known[2] else 1.0
    return abs(known[1] - known[0]) / step


def _check_iteration(tree: Tree, node: ast.For | ast.comprehension, collector: Collector) -> None:
    count = _range_length(tree, node.iter)
    if count is not None and count >= _LOOP_LIMIT:
        if isinstance(node, ast.For) and leaves(node.body):
            return
        collector.add(ITERATION, node.iter, f"a loop of {count:.3g} rounds")


def _check_regex(tree: Tree, call: ast.Call, collector: Collector) -> None:
    node = call.args[0]
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    match = _NESTED.search(node.value[:2000])
    if match is None:
        return
    part = shown(match.group())
    parent = tree.parents[call]
    matches = isinstance(parent, ast.Attribute) or tree.path(call.func) != "re.compile"
    if matches and tree.at_import_time(call):
        collector.add(ITERATION, call, f"a match with nested repetition {part} at import time")
    else:
        collector.add(REGEX, node, f"nested repetition {part}")
