"""S314: arrays over memory that is none of theirs.

numpy believes an object that says where in memory its numbers are. It asks the object by
names that begin with ``__array``, so no object of a design may answer to such a name.
"""

from __future__ import annotations

import ast

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector
from alma_safe.verifier.static.constants import constant_names
from alma_safe.verifier.static.folding import fold_text
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

FORGED = Rule(
    id="S314",
    stage="static",
    title="memory reinterpreted as an array",
    reason="An array over foreign memory reads numbers as objects, which breaks the interpreter.",
    remedy="Use numpy.array, numpy.zeros, numpy.frombuffer or numpy.asarray.",
)

RULES = (FORGED,)

ARRAYS = frozenset({"numpy", "scipy", "networkx", "langchain_chroma"})
"""Packages that make arrays of what they are given."""
_ASKED = ("__array", "__buffer__", "array_interface", "array_struct")
_HOOK = "__getattr__"


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    if tree.packages.isdisjoint(ARRAYS):
        return
    for node in tree.nodes(ast.Call):
        _check_array(tree, node, collector)
    for node in tree.nodes(ast.ClassDef):
        for base in node.bases:
            if _is_array_class(tree, base):
                collector.add(FORGED, base, "a class derived from numpy.ndarray")
        for binding in tree.inner[node].bindings.get(_HOOK, ()):
            if not _answers_ordinary_names(tree, binding.node):
                message = "__getattr__ may answer the names by which numpy asks for memory"
                collector.add(FORGED, binding.node, message, hint=_HOOK_HINT)
    for node in tree.nodes(ast.Attribute):
        if node.attr == "__new__" and tree.path(node) == "numpy.ndarray.__new__":
            collector.add(FORGED, node, "numpy.ndarray.__new__ is used")
    _check_texts(tree, collector)


# ------------------------------------------------------------------------------- names


def _check_texts(tree: Tree, collector: Collector) -> None:
    """Texts that are, or are put together to, a name by which numpy asks."""
    for node in tree.nodes(ast.Constant):
        if isinstance(node.value, str) and _asks(node.value):
            collector.add(FORGED, node, "a name by which numpy asks for memory")
    joins = (
        node
        for node in tree.nodes(ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "join"
    )
    for node in (*tree.nodes(ast.BinOp, ast.JoinedStr), *joins):
        if isinstance(tree.parents[node], ast.BinOp):
            continue  # A part of a longer text.
        text = fold_text(tree, node)
        if text is not None and _asks(text):
            collector.add(FORGED, node, "a name by which numpy asks for memory")


def _asks(text: str) -> bool:
    return any(part in text for part in _ASKED)


# ------------------------------------------------------------------------- __getattr__

_HOOK_HINT = (
    "begin it with: if name.startswith('_'): raise AttributeError(name); or answer only "
    "if name in ('x', 'y')"
)


def _answers_ordinary_names(tree: Tree, function: ast.AST) -> bool:
    """Whether a ``__getattr__`` refuses private names first, or answers listed names only."""
    if not isinstance(function, FUNCTIONS) or function.decorator_list:
        return False
    arguments = [*function.args.posonlyargs, *function.args.args]
    if len(arguments) != 2:
        return False
    name = arguments[1].arg
    if len(tree.inner[function].bindings.get(name, ())) != 1:
        return False
    for statement in function.body:
        if _refuses_private(statement, name):
            return True
        if not _answers_listed(tree, statement, name):
            return False
    return True


def _refuses_private(node: ast.stmt, name: str) -> bool:
    """``if name.startswith("_"): raise ...``, perhaps with a further condition after ``or``."""
    if not isinstance(node, ast.If) or not isinstance(node.body[-1], ast.Raise):
        return False
    if any(isinstance(each, ast.Return) for part in node.body for each in ast.walk(part)):
        return False
    either = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or)
    tests = node.test.values if isinstance(node.test, ast.BoolOp) and either else [node.test]
    return any(_starts_private(test, name) for test in tests)


def _starts_private(test: ast.expr, name: str) -> bool:
    return (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Attribute)
        and test.func.attr == "startswith"
        and isinstance(test.func.value, ast.Name)
        and test.func.value.id == name
        and len(test.args) == 1
        and isinstance(test.args[0], ast.Constant)
        and test.args[0].value in ("_", "__")
    )


def _answers_listed(tree: Tree, node: ast.stmt, name: str) -> bool:
    """Whether this statement returns nothing but for names that the file lists."""
    if isinstance(node, ast.If) and not node.orelse and _is_listed(tree, node.test, name):
        return True
    return not any(isinstance(each, ast.Return) and each.value for each in ast.walk(node))


def _is_listed(tree: Tree, test: ast.expr, name: str) -> bool:
    """``name == "x"`` and ``name in ("x", "y")``, perhaps ``and`` something else."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_is_listed(tree, each, name) for each in test.values)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    if not isinstance(test.left, ast.Name) or test.left.id != name:
        return False
    other = test.comparators[0]
    if isinstance(test.ops[0], ast.Eq):
        names = constant_names(tree, other)
    elif isinstance(test.ops[0], ast.In) and isinstance(other, ast.Tuple | ast.Set | ast.List):
        found = [constant_names(tree, each) for each in other.elts]
        names = None if None in found else frozenset().union(*(each or () for each in found))
    else:
        return False
    return names is not None and not any(each.startswith("__") for each in names)


# ------------------------------------------------------------------------------ arrays


def _is_array_class(tree: Tree, node: ast.expr, hops: int = 0) -> bool:
    """``numpy.ndarray``, also under another name."""
    if "numpy" not in tree.packages:
        return False
    if tree.path(node) == "numpy.ndarray":
        return True
    if isinstance(node, ast.Call) and tree.path(node.func) == "typing.cast":
        return any(_is_array_class(tree, value, hops + 1) for value in node.args[1:])
    values: list[ast.expr | None] = []
    if isinstance(node, ast.Name) and hops < 4:
        values = [b.value for b in tree.bindings(node) if b.kind == "value"]
    return any(value is not None and _is_array_class(tree, value, hops + 1) for value in values)


def _check_array(tree: Tree, call: ast.Call, collector: Collector) -> None:
    if _is_array_class(tree, call.func):
        if len(call.args) > 2 or any(k.arg in ("buffer", None) for k in call.keywords):
            collector.add(FORGED, call, "numpy.ndarray over a buffer")
    elif isinstance(call.func, ast.Attribute) and call.func.attr == "resize":
        for keyword in call.keywords:
            if keyword.arg in ("refcheck", None):
                collector.add(FORGED, call, "an array resized while others look at it")
