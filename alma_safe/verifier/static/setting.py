"""On which objects a private attribute is set: one's own, or perhaps one of a library.

A class of the file can have an attribute of any name, so that it does says nothing about other
objects: some libraries run, as code, what is put into their private attributes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from alma_safe.verifier.static.tree import FUNCTIONS, Tree
from alma_safe.verifier.static.values import DIRECT

_HOPS = 4
_MAKES = frozenset({"object", "int", "str", "float", "tuple", "bytes", "frozenset", "dict", "list"})
_COPIES = frozenset({"copy.copy", "copy.deepcopy"})
_READ = frozenset({"__name__", "__qualname__", "__doc__", "__module__"})
_LOOKERS = frozenset(
    {"functools.wraps", "asyncio.iscoroutinefunction", "inspect.iscoroutinefunction"}
)

type Test = Callable[[ast.expr], bool]


def is_set_on_own(tree: Tree, node: ast.expr, is_own: Test, is_self: Test, hops: int = 0) -> bool:
    """Whether the file shows that ``node`` is an object, a class or a function of its own.

    ``is_own`` and ``is_self`` are the answers of :class:`Ownership` to the simpler questions.
    """
    if hops > _HOPS:
        return False
    if is_self(node) or is_own(node):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr == "__class__" and is_self(node.value)
    if isinstance(node, ast.Call):
        return _is_made_here(tree, node, is_own, is_self, hops)
    bindings = tree.bindings(node) if isinstance(node, ast.Name) else []
    return bool(bindings) and all(
        binding.kind in ("def", "class")
        or (
            binding.kind == "value"
            and binding.value is not None
            and isinstance(tree.parents.get(binding.node), DIRECT)
            and is_set_on_own(tree, binding.value, is_own, is_self, hops + 1)
        )
        for binding in bindings
    )


def _is_made_here(tree: Tree, call: ast.Call, is_own: Test, is_self: Test, hops: int) -> bool:
    """``object.__new__(cls)``, ``copy.copy(self)`` and ``type(self)``."""
    first = call.args[0] if call.args else None
    if first is None or isinstance(first, ast.Starred):
        return False
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr == "__new__":
        base = func.value.func if isinstance(func.value, ast.Call) else func.value
        plain = any(tree.is_builtin(base, name) for name in ("super", *_MAKES))
        return (plain or is_self(base)) and (is_self(first) or is_own(first))
    if tree.is_builtin(func, "type"):
        return len(call.args) == 1 and is_self(first)
    copied = tree.sure_path(func) in _COPIES
    return copied and is_set_on_own(tree, first, is_own, is_self, hops + 1)


def hands_self_on(tree: Tree, decorator: ast.expr) -> bool:
    """Whether this decorator, a function of the file, calls a method on its own object only."""
    called = isinstance(decorator, ast.Call)
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    bindings = tree.bindings(name) if isinstance(name, ast.Name) else []
    functions: list[ast.AST | None] = [binding.node for binding in bindings]
    if called:
        # What takes the method is what the factory of decorators returns.
        functions = [made for function in functions for made in _returned(tree, function)]
    return bool(functions) and all(_calls_on_first(tree, function) for function in functions)


def _returned(tree: Tree, factory: ast.AST | None) -> list[ast.AST | None]:
    if not isinstance(factory, FUNCTIONS):
        return [None]
    inner = tree.inner[factory].bindings
    values = [each.value for each in tree.nodes(ast.Return) if tree.function(each) is factory]
    return [
        binding.node if isinstance(binding.node, FUNCTIONS) else None
        for value in values
        for binding in (inner.get(value.id, ()) if isinstance(value, ast.Name) else ())
    ] or [None]


def _calls_on_first(tree: Tree, function: ast.AST | None) -> bool:
    """Whether all that is done with the method is to call it on the caller's first argument."""
    if not isinstance(function, FUNCTIONS) or len(function.args.args) != 1:
        return False
    method = function.args.args[0]
    return all(
        _is_plain_use(tree, name)
        for name in tree.nodes(ast.Name)
        if name.id == method.arg and any(each.node is method for each in tree.bindings(name))
    )


def _is_plain_use(tree: Tree, name: ast.Name) -> bool:
    above = tree.parents[name]
    if isinstance(above, ast.Attribute):
        return above.attr in _READ
    if not isinstance(above, ast.Call):
        return isinstance(above, ast.Return)
    if above.func is not name:
        return tree.sure_path(above.func) in _LOOKERS
    first = above.args[0] if above.args else None
    value = first.value if isinstance(first, ast.Starred) else first
    around = tree.function(above)
    if not isinstance(value, ast.Name) or not isinstance(around, FUNCTIONS):
        return False
    leading = [*around.args.posonlyargs, *around.args.args, around.args.vararg][0]
    return [binding.node for binding in tree.bindings(value)] == [leading]
