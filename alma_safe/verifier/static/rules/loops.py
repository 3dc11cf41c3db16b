"""S803: loops that cannot end."""

from __future__ import annotations

import ast

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

ENDLESS = Rule(
    id="S803",
    stage="static",
    title="loop that cannot end",
    reason="Nothing in the loop leaves it, so the design hangs.",
    remedy="Add a break, a return or a condition that becomes false.",
)

RULES = (ENDLESS,)


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    for node in tree.nodes(ast.While):
        _check_while(tree, node, collector)


def _check_while(tree: Tree, node: ast.While, collector: Collector) -> None:
    test = node.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        endless = isinstance(test.operand, ast.Constant) and not test.operand.value
    else:
        endless = isinstance(test, ast.Constant) and bool(test.value)
    if not endless:
        return
    if leaves(node.body):
        if _ignores_cancellation(tree, node):
            message = "while True that swallows CancelledError and has no other way out"
            collector.add(ENDLESS, node, message)
        return
    for parent in tree.ancestors(node):
        if isinstance(parent, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            break
        # An exception from inside, such as StopIteration or QueueEmpty, ends the loop.
        if isinstance(parent, ast.Try | ast.With) and _calls(node.body):
            return
    collector.add(ENDLESS, node, "while True without break, return, raise, await or yield")


def _ignores_cancellation(tree: Tree, node: ast.While) -> bool:
    """An endless loop whose only way out, cancellation, is caught inside it."""
    if leaves(node.body, waiting=False):
        return False
    for statement in node.body:
        for handler in ast.walk(statement):
            caught = handler.type if isinstance(handler, ast.ExceptHandler) else None
            if caught is not None and (tree.path(caught) or "").endswith("CancelledError"):
                return True
    return False


def leaves(body: list[ast.stmt], *, waiting: bool = True) -> bool:
    """Whether a loop body can leave its loop or, with ``waiting``, hand control over."""
    todo: list[tuple[ast.AST, bool]] = [(statement, True) for statement in body]
    while todo:
        node, own = todo.pop()
        if isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Return | ast.Raise | ast.Yield | ast.YieldFrom | ast.Assert):
            return True
        if waiting and isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            return True
        if isinstance(node, ast.Break) and own:
            return True
        inner = own and not isinstance(node, ast.For | ast.While | ast.AsyncFor)
        if isinstance(node, ast.For | ast.While):
            # A break in the else branch of an inner loop leaves the outer one.
            todo += [(child, own) for child in node.orelse]
            todo += [(child, False) for child in node.body]
            continue
        todo += [(child, inner) for child in ast.iter_child_nodes(node)]
    return False


def _calls(body: list[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Call | ast.Subscript | ast.Delete)
        for statement in body
        for node in ast.walk(statement)
    )
