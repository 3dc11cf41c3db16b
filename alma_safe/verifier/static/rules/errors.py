"""S9xx: swallowed interrupts, and secrets in the source."""

from __future__ import annotations

import ast
import re

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.rules.effects import inside, main_guards
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

SWALLOWED = Rule(
    id="S901",
    stage="static",
    title="BaseException swallowed",
    reason="It also catches cancellation, exit and the time-outs that stop a hanging design.",
    remedy="Catch Exception or the error you expect; re-raise everything else with raise.",
)
CANCELLED = Rule(
    id="S902",
    stage="static",
    title="cancellation swallowed",
    reason="A task that ignores its cancellation cannot be stopped by a time-out.",
    remedy="Clean up and re-raise: except asyncio.CancelledError: ...; raise.",
    warns=True,
)
SECRET = Rule(
    id="S903",
    stage="static",
    title="secret in the source",
    reason="Designs are archived, shown and sent to models; a key in one is a leaked key.",
    remedy="Remove and revoke it; LLM access comes from utils.hire_agent without a key.",
)

EXITS = Rule(
    id="S904",
    stage="static",
    title="raises what ends the process",
    reason="SystemExit, KeyboardInterrupt and their like pass through every except Exception and "
    "end whatever runs the design.",
    remedy="Raise an Exception, or return an empty result.",
)
NESTED_RUN = Rule(
    id="S905",
    stage="static",
    title="asyncio.run inside the design",
    reason="Designs run inside an event loop already; asyncio.run raises RuntimeError there.",
    remedy="Make the method async and await the coroutine.",
)

RULES = (SWALLOWED, CANCELLED, SECRET, EXITS, NESTED_RUN)

_BASE = frozenset({"BaseException", "SystemExit", "KeyboardInterrupt", "GeneratorExit"})
_CANCELLED = frozenset(
    {
        "asyncio.CancelledError",
        "asyncio.exceptions.CancelledError",
        "concurrent.futures.CancelledError",
    }
)
_SECRET = re.compile(
    r"\bsk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{20,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{40,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|\bAIza[0-9A-Za-z_-]{30,}"
    r"|\bhf_[A-Za-z0-9]{30,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_HINTS = (
    "sk-", "AKIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "AIza", "hf_",
    "PRIVATE KEY",
)  # fmt: skip


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    for node in tree.nodes(ast.ExceptHandler):
        _check_handler(tree, node, collector)
    for node in tree.nodes(ast.Call) if "suppress" in tree.source else ():
        if tree.path(node.func) == "contextlib.suppress":
            for argument in node.args:
                if _caught(tree, argument) & _BASE:
                    collector.add(SWALLOWED, node, "suppress() of BaseException")
                elif _caught(tree, argument) & _CANCELLED:
                    collector.add(CANCELLED, node, "suppress() of CancelledError")
    _check_exits(tree, collector)
    if "asyncio" in tree.source:
        _check_nested_run(tree, collector)
    if any(hint in tree.source for hint in _HINTS):
        for match in _SECRET.finditer(tree.source):
            line = tree.source.count("\n", 0, match.start()) + 1
            column = match.start() - tree.source.rfind("\n", 0, match.start())
            kind = match.group()[:6]
            collector.add(SECRET, (line, column), f"a secret that starts with {shown(kind)}...")


def _check_exits(tree: Tree, collector: Collector) -> None:
    main = main_guards(tree)
    for node in tree.nodes(ast.Raise):
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if raised is not None and _caught(tree, raised) & _BASE and not inside(tree, node, main):
            collector.add(EXITS, node, f"raises {sorted(_caught(tree, raised) & _BASE)[0]}")
    for node in tree.nodes(ast.ClassDef):
        for base in node.bases:
            if _caught(tree, base) & _BASE:
                name = sorted(_caught(tree, base) & _BASE)[0]
                collector.add(EXITS, base, f"{shown(node.name)} derives from {name}")


def _check_nested_run(tree: Tree, collector: Collector) -> None:
    """``asyncio.run`` in a method or coroutine, unless a thread or a loop check is in sight."""
    if any(word in tree.source for word in _THREADS):
        return
    main = main_guards(tree)
    for node in tree.nodes(ast.Call):
        if tree.path(node.func) != "asyncio.run" or inside(tree, node, main):
            continue
        function = tree.function(node)
        in_class = any(isinstance(parent, ast.ClassDef) for parent in tree.ancestors(node))
        if isinstance(function, ast.AsyncFunctionDef) or (function is not None and in_class):
            collector.add(NESTED_RUN, node, "asyncio.run is called where a loop already runs")


_THREADS = ("to_thread", "run_in_executor", "ThreadPoolExecutor", "get_running_loop")


def _check_handler(tree: Tree, node: ast.ExceptHandler, collector: Collector) -> None:
    caught = frozenset({"BaseException"}) if node.type is None else _caught(tree, node.type)
    if _raises(node):
        return
    if caught & _BASE:
        name = "a bare except" if node.type is None else f"except {sorted(caught & _BASE)[0]}"
        collector.add(SWALLOWED, node, f"{shown(name)} does not re-raise")
    elif caught & _CANCELLED:
        collector.add(CANCELLED, node, "except CancelledError does not re-raise")


def _caught(tree: Tree, node: ast.expr, hops: int = 0) -> frozenset[str]:
    """Names of the caught classes that matter here; follows tuples and simple names."""
    if isinstance(node, ast.Tuple):
        return frozenset().union(*(_caught(tree, item, hops) for item in node.elts))
    if isinstance(node, ast.Starred):
        return _caught(tree, node.value, hops)
    if isinstance(node, ast.BinOp):
        return _caught(tree, node.left, hops) | _caught(tree, node.right, hops)
    path = tree.path(node)
    if path is not None:
        return frozenset({path})
    if not isinstance(node, ast.Name):
        return frozenset()
    bindings = tree.bindings(node)
    if not bindings:
        return frozenset({node.id})
    if hops > 4:
        return frozenset()
    values = [binding.value for binding in bindings if binding.value is not None]
    return frozenset().union(*(_caught(tree, value, hops + 1) for value in values))


def _raises(handler: ast.ExceptHandler) -> bool:
    """Whether the handler can raise again, outside of functions defined in it."""
    todo: list[ast.AST] = list(handler.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            continue
        todo.extend(ast.iter_child_nodes(node))
    return False
