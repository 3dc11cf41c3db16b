"""Coroutines that are used as values where mypy sees nothing wrong, because Any fits.

``{"hits": self.layer.retrieve()}`` in a ``dict[str, Any]`` and
``json.dumps(self.layer.retrieve())`` type-check; both hold a coroutine that never runs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mypy.nodes import AwaitExpr, CallExpr
from mypy.types import Instance, get_proper_type

from alma_safe.verifier.types.context import Context, last_name

if TYPE_CHECKING:
    from mypy.build import BuildResult

# Calls that turn a coroutine into text or a number: there it is surely a mistake.
_READERS = frozenset(
    {"dumps", "str", "repr", "len", "list", "dict", "set", "sorted", "tuple", "bool", "float",
     "int", "format", "join", "deepcopy", "any", "all", "sum", "min", "max", "enumerate"}
)  # fmt: skip


def forgotten(result: BuildResult, context: Callable[[], Context]) -> Iterator[dict[str, Any]]:
    """Yield calls of coroutines whose result is stored or shown without an await."""
    awaited = {item.expr for item in result.types if isinstance(item, AwaitExpr)}
    places = [
        item
        for item, kind in result.types.items()
        if isinstance(item, CallExpr) and item not in awaited and _is_coroutine(kind)
    ]
    for call in places:
        place = {
            "line": call.line,
            "column": call.column,
            "end_line": call.end_line or 0,
            "end_column": call.end_column or 0,
        }
        node = context().node(place)
        if isinstance(node, ast.Call) and _is_used_as_value(node, context()):
            yield {
                "code": "unused-coroutine",
                "message": f'"{last_name(node.func)}" is async, but its result is used'
                " without an await: this stores a coroutine object, not what it returns",
                "advice": f'write "await {ast.unparse(node)}"',
                "weight": "block",
                **place,
            }


def _is_coroutine(kind: Any) -> bool:
    proper = get_proper_type(kind)
    return isinstance(proper, Instance) and proper.type.fullname == "typing.Coroutine"


def _is_used_as_value(node: ast.expr, context: Context) -> bool:
    around = context.parents.get(node)
    if isinstance(around, ast.FormattedValue):
        return True
    if isinstance(around, ast.Dict):
        # A dict of pending coroutines is a pattern of its own; one that is returned is not.
        outer = context.parents.get(around)
        while isinstance(outer, ast.Dict | ast.List):
            outer = context.parents.get(outer)
        return isinstance(outer, ast.Return)
    if isinstance(around, ast.Call) and node in around.args:
        return last_name(around.func) in _READERS - {"list", "tuple"}
    if isinstance(around, ast.Assign) and around.value is node:
        return _never_awaited(around, context)
    return False


def _never_awaited(assigned: ast.Assign, context: Context) -> bool:
    """Whether the one name a coroutine is bound to is only read, never handed on."""
    if len(assigned.targets) != 1 or not isinstance(assigned.targets[0], ast.Name):
        return False
    name = assigned.targets[0].id
    for around in context.enclosing(assigned):
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
            break
    else:
        return False
    reads = [
        item
        for item in ast.walk(around)
        if isinstance(item, ast.Name) and item.id == name and isinstance(item.ctx, ast.Load)
    ]
    return bool(reads) and all(_is_plain_read(item, context) for item in reads)


def _is_plain_read(item: ast.Name, context: Context) -> bool:
    around = context.parents.get(item)
    if isinstance(around, ast.Dict):
        return isinstance(context.parents.get(around), ast.Return)
    if isinstance(around, ast.Call) and item in around.args:
        return last_name(around.func) in _READERS
    return isinstance(
        around,
        ast.FormattedValue | ast.Subscript | ast.BoolOp | ast.Compare | ast.If | ast.IfExp
        | ast.BinOp,
    )  # fmt: skip
