"""Which guarded names some object of this file may have, other than as a name of its own.

A name that only objects of some libraries carry is everybody's where none of them is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from alma_safe.verifier.static.tree import FUNCTIONS, Tree

_CHROMA = ("langchain_chroma", "langchain_core")
_ARRAYS = ("numpy", "scipy", "networkx", *_CHROMA)
# By the packages whose objects have the name, or lead to one that has it. Other names: any.
_CARRIERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("_client", "_chroma_collection", "persist"), _CHROMA),
    **dict.fromkeys(("from_documents", "from_texts"), _CHROMA),
    **dict.fromkeys(("manager", "handlers"), ("logging", *_CHROMA)),
    **dict.fromkeys(("_target", "_bootstrap"), ("threading", "concurrent")),
    **dict.fromkeys(("dump", "ctypes", "_ctypes"), _ARRAYS),
    **dict.fromkeys(("get_context", "get_stack", "print_stack", "set_debug"), ("asyncio",)),
}
# What of asyncio gives no task and no loop out: neither is an attribute of what they make
# that is admitted.
_TASKLESS = frozenset(
    {
        "sleep", "gather", "wait_for", "timeout", "timeout_at", "to_thread", "shield",
        "Lock", "Semaphore", "BoundedSemaphore", "Event", "Condition", "Queue", "PriorityQueue",
        "LifoQueue", "QueueEmpty", "QueueFull", "TimeoutError", "CancelledError",
        "InvalidStateError", "iscoroutine", "iscoroutinefunction",
    }
)  # fmt: skip
_MESSAGES = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_LOGGER_CALLS = _MESSAGES | {"setLevel", "isEnabledFor", "getEffectiveLevel"}
_MODULE_CALLS = _MESSAGES | {"basicConfig"}
_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "NOTSET"})


def carried(tree: Tree, names: Iterable[str]) -> frozenset[str]:
    """Those of the names that an object of a library may have in this file."""
    found = tree.derived.get("carried")
    if not isinstance(found, frozenset):
        packages = set(_packages(tree))
        if "logging" in packages and _keeps_loggers(tree):
            packages.discard("logging")
        if "asyncio" in packages and _has_no_tasks(tree):
            packages.discard("asyncio")
        found = tree.derived["carried"] = frozenset(
            name
            for name in names
            if name not in _CARRIERS or not packages.isdisjoint(_CARRIERS[name])
        )
    return found


def _packages(tree: Tree) -> Iterator[str]:
    for node in tree.nodes(ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    for node in tree.nodes(ast.ImportFrom):
        yield (node.module or "").partition(".")[0]


def _has_no_tasks(tree: Tree) -> bool:
    """Whether nothing is taken of asyncio that is, or makes, a task that one can name."""
    return all(
        len(parts := _parts(tree, node)[0]) == 1 and parts[0] in _TASKLESS
        for node in tree.nodes(ast.Name)
        if (tree.path(node) or "").partition(".")[0] == "asyncio"
    )


def _parts(tree: Tree, node: ast.Name) -> tuple[list[str], ast.AST]:
    """What is taken of a module under this name, and the last node of that."""
    used: ast.AST = node
    parts = (tree.path(node) or "").split(".")[1:]
    while isinstance(above := tree.parents[used], ast.Attribute) and above.value is used:
        parts.append(above.attr)
        used = above
    return parts, used


def _keeps_loggers(tree: Tree) -> bool:
    """Whether every logger has a name of its own, and is only told what to log."""
    return all(
        _is_plain_use(tree, node)
        for node in tree.nodes(ast.Name)
        if (tree.path(node) or "").partition(".")[0] == "logging"
    )


def _is_plain_use(tree: Tree, node: ast.Name) -> bool:
    """Whether this use of the module, or of a name out of it, gives no logger away."""
    parts, used = _parts(tree, node)
    if len(parts) != 1:
        return False
    above = tree.parents[used]
    if parts[0] in _LEVELS or _is_hint(tree, used):
        return True
    if not isinstance(above, ast.Call) or above.func is not used:
        return False
    return parts[0] in _MODULE_CALLS or (parts[0] == "getLogger" and _is_kept(tree, above))


def _is_kept(tree: Tree, call: ast.Call) -> bool:
    """Whether the logger that is made here is only told what to log, under one name at most."""
    above = tree.parents[call]
    if isinstance(above, ast.Attribute):
        return _logs(tree, above)
    if isinstance(above, ast.Assign) and len(above.targets) == 1:
        target = above.targets[0]
    elif isinstance(above, ast.AnnAssign):
        target = above.target
    else:
        return False
    if not isinstance(target, ast.Name) or tree.scopes[target].kind not in ("module", "function"):
        return False
    return all(
        _logs(tree, tree.parents[use])
        for use in tree.nodes(ast.Name)
        if use.id == target.id
        and isinstance(use.ctx, ast.Load)
        and any(binding.node is target for binding in tree.bindings(use))
    )


def _logs(tree: Tree, node: ast.AST) -> bool:
    """Whether this is ``.info`` and the like, called at once."""
    if not isinstance(node, ast.Attribute) or node.attr not in _LOGGER_CALLS:
        return False
    above = tree.parents[node]
    return isinstance(above, ast.Call) and above.func is node


def _is_hint(tree: Tree, node: ast.AST) -> bool:
    """Whether this is part of an annotation."""
    above = tree.parents[node]
    while isinstance(above, ast.BinOp | ast.Subscript | ast.Tuple):
        node, above = above, tree.parents[above]
    if isinstance(above, ast.arg | ast.AnnAssign):
        return above.annotation is node
    return isinstance(above, FUNCTIONS) and above.returns is node
