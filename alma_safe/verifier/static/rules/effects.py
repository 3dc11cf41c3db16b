"""S5xx: importing a design must define things and do nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

STATEMENT = Rule(
    id="S501",
    stage="static",
    title="statement with effects at import time",
    reason="A design is imported many times; importing it must only define classes and constants.",
    remedy="Move the statement into a method, or under if __name__ == '__main__'.",
)
CALL = Rule(
    id="S502",
    stage="static",
    title="call at import time that is not admitted",
    reason="Importing a design must not print, run coroutines, draw random numbers or call an LLM.",
    remedy="Move the call into __init__ or a method, or under if __name__ == '__main__'.",
)
LOOP = Rule(
    id="S503",
    stage="static",
    title="loop without bound at import time",
    reason="An import that does not end hangs everything that loads the design.",
    remedy="Use a for loop over a constant table, or move it into a method.",
)

RULES = (STATEMENT, CALL, LOOP)

# Calls with effects, also when an own function makes them for the module body.
_EFFECTS = frozenset(
    {
        "asyncio.run", "random.seed", "numpy.random.seed", "utils.hire_agent.Agent",
        "utils.hire_agent.Embedding", "langchain_chroma.Chroma",
        "langchain_chroma.vectorstores.Chroma", "random.setstate", "numpy.random.set_state",
    }
)  # fmt: skip
_BUILTIN_EFFECTS = frozenset({"print", "input", "breakpoint", "open", "exec", "eval"})
_REFUSED_STATEMENTS = (ast.While, ast.AsyncFor, ast.AsyncWith, ast.Raise)


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    main = main_guards(tree)
    for node in tree.nodes(*_REFUSED_STATEMENTS):
        if tree.at_import_time(node) and not inside(tree, node, main):
            if isinstance(node, ast.Raise) and _in_handler(tree, node):
                continue
            rule = LOOP if isinstance(node, ast.While) else STATEMENT
            what = type(node).__name__.lower()
            collector.add(rule, node, f"a {what} statement runs at import time")
    called: list[ast.Call] = []
    for node in tree.nodes(ast.Call):
        if tree.at_import_time(node) and not inside(tree, node, main):
            called.append(node)
            if not _is_admitted(tree, node.func, settings):
                name = ast.unparse(node.func) if _is_short(node.func) else "this"
                collector.add(CALL, node, f"{shown(name)}(...) is called at import time")
    for node in tree.nodes(ast.Name):
        if (
            node.id in _BUILTIN_EFFECTS
            and isinstance(node.ctx, ast.Load)
            and not isinstance(tree.parents[node], ast.Call)
            and tree.at_import_time(node)
            and not inside(tree, node, main)
            and not tree.bindings(node)
        ):
            collector.add(CALL, node, f"{node.id} is used at import time")
    _check_reached(tree, called, collector)


def main_guards(tree: Tree) -> frozenset[ast.AST]:
    """The ``if __name__ == "__main__"`` statements: their bodies never run in a guest."""
    guards = set()
    for node in tree.nodes(ast.If):
        test = node.test
        if (
            isinstance(test, ast.Compare)
            and len(test.ops) == 1
            and isinstance(test.ops[0], ast.Eq)
            and _is_name_and_main(test.left, test.comparators[0])
            and not any("__name__" in scope_bindings for scope_bindings in _rebound(tree))
        ):
            guards.add(node)
    return frozenset(guards)


def _rebound(tree: Tree) -> Iterator[dict[str, object]]:
    yield dict(tree.inner[tree.module].bindings)


def _is_name_and_main(left: ast.expr, right: ast.expr) -> bool:
    if isinstance(left, ast.Constant):
        left, right = right, left
    return (
        isinstance(left, ast.Name)
        and left.id == "__name__"
        and isinstance(right, ast.Constant)
        and right.value == "__main__"
    )


def inside(tree: Tree, node: ast.AST, guards: frozenset[ast.AST]) -> bool:
    """Whether ``node`` lies in the body of one of the ``guards``."""
    if not guards:
        return False
    child = node
    for parent in tree.ancestors(node):
        if parent in guards and isinstance(parent, ast.If):
            # The else branch does run on import.
            return child in parent.body
        child = parent
    return False


def _in_handler(tree: Tree, node: ast.AST) -> bool:
    return any(isinstance(parent, ast.ExceptHandler | ast.If) for parent in tree.ancestors(node))


def _is_short(node: ast.expr) -> bool:
    depth = 0
    while isinstance(node, ast.Attribute) and depth < 6:
        node, depth = node.value, depth + 1
    return isinstance(node, ast.Name)


def _is_admitted(tree: Tree, func: ast.expr, settings: Settings) -> bool:
    """Whether this may be called while the file is imported."""
    path = tree.path(func)
    if path is not None:
        return path not in _EFFECTS and _has_prefix(path, settings)
    while isinstance(func, ast.Attribute | ast.Subscript):
        func = func.value
    if isinstance(func, ast.Name):
        bindings = tree.bindings(func)
        if bindings:
            return True
        return func.id in settings.module_calls or func.id.endswith(("Error", "Exception"))
    # A method of a literal, of a display or of a call that is judged by itself; a lambda
    # that is called on the spot only hides what it calls.
    return not isinstance(func, ast.Lambda)


def _has_prefix(path: str, settings: Settings) -> bool:
    if path.startswith(("alma_safe.", "agents.", "eval_envs.")):
        return True
    parts = path.split(".")
    return any(".".join(parts[:end]) in settings.module_calls for end in range(1, len(parts) + 1))


# ----------------------------------------------- what the module body calls in the file


def _check_reached(tree: Tree, called: list[ast.Call], collector: Collector) -> None:
    """Follow calls at import time into the file's own functions and constructors."""
    reached: dict[ast.AST, ast.Call] = {}
    todo: list[tuple[ast.Call, ast.Call]] = [(call, call) for call in called]
    inside = _calls_by_function(tree) if called else {}
    for origin, call in todo:
        for function in _targets(tree, call):
            if function in reached:
                continue
            reached[function] = origin
            for inner in inside.get(function, ()):
                effect = _effect(tree, inner)
                if effect:
                    message = f"{shown(effect)}(...) is reached by this call at import time"
                    collector.add(CALL, origin, message)
                todo.append((origin, inner))


def _calls_by_function(tree: Tree) -> dict[ast.AST, list[ast.Call]]:
    found: dict[ast.AST, list[ast.Call]] = {}
    for node in tree.nodes(ast.Call):
        function = tree.function(node)
        if function is not None:
            found.setdefault(function, []).append(node)
    return found


def _targets(tree: Tree, call: ast.Call) -> list[ast.AST]:
    if not isinstance(call.func, ast.Name):
        return []
    targets: list[ast.AST] = []
    for binding in tree.bindings(call.func):
        if isinstance(binding.node, FUNCTIONS) and not isinstance(
            binding.node, ast.AsyncFunctionDef
        ):
            targets.append(binding.node)
        elif isinstance(binding.node, ast.ClassDef):
            inner = tree.inner[binding.node].bindings
            targets += [
                found.node
                for name in ("__init__", "__post_init__", "__new__")
                for found in inner.get(name, ())
                if isinstance(found.node, ast.FunctionDef)
            ]
    return targets


def _effect(tree: Tree, call: ast.Call) -> str:
    path = tree.path(call.func)
    if path is not None:
        return path if path in _EFFECTS else ""
    if isinstance(call.func, ast.Name) and call.func.id in _BUILTIN_EFFECTS:
        return "" if tree.bindings(call.func) else call.func.id
    return ""
