"""Which names hold a caught error, and whether one may be held by something else as well.

An AttributeError leads to the object that lacked the attribute. As long as a file only shows
its errors, raises them, or hands them to its own functions, every name for one is known; in a
list, an attribute or an answer it is lost from sight.
"""

from __future__ import annotations

import ast

from alma_safe.verifier.static.tree import FUNCTIONS, Tree

_HOPS = 4
_TELLING = frozenset({"str", "repr", "type", "isinstance", "print", "format", "bool", "id"})
_LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_LEADING = frozenset(
    {"__cause__", "__context__", "exceptions", "split", "subgroup", "derive", "with_traceback"}
)
"""What of an error leads to another one, or to itself."""
_NAMED = frozenset({"return_exceptions", "exception", "__cause__", "__context__"})
"""Texts that name what hands out errors which nobody caught."""
_PUSHES = frozenset({"push", "push_async_exit"})

_PLAIN = (ast.FormattedValue, ast.Raise, ast.Attribute, ast.Expr, ast.If, ast.While, ast.Assert)
_EXITS = frozenset({"__exit__", "__aexit__"})


def is_error(tree: Tree, node: ast.expr, hops: int = 0) -> bool:
    """Whether ``node`` is, or was assigned or given, an error that the file caught."""
    if isinstance(node, ast.Call) and tree.path(node.func) == "typing.cast":
        return any(is_error(tree, value, hops + 1) for value in node.args)
    if not isinstance(node, ast.Name) or hops > _HOPS:
        return False
    for binding in tree.bindings(node):
        if isinstance(binding.node, ast.ExceptHandler):
            return True
        if binding.value is not None and is_error(tree, binding.value, hops + 1):
            return True
        if binding.kind == "param":
            function = next((p for p in tree.ancestors(binding.node) if _is_function(p)), None)
            name = getattr(function, "name", "")
            if name in _EXITS and node.id != tree.receiver(function):
                return True
            if name in _given(tree, hops):
                return True
    return False


def may_be_held(tree: Tree) -> bool:
    """Whether some error of this file may be known by other names than those of errors."""
    known = tree.derived.get("errors held")
    if known is None:
        known = tree.derived["errors held"] = (
            any(_leads_on(tree, node) for node in tree.nodes(ast.Attribute))
            or any(node.arg in _NAMED for node in tree.nodes(ast.keyword))
            or any(node.value in _NAMED for node in tree.nodes(ast.Constant))
            or any(
                isinstance(node.ctx, ast.Load)
                and is_error(tree, node)
                and not _is_shown(tree, node)
                for node in tree.nodes(ast.Name)
            )
        )
    return bool(known)


def _leads_on(tree: Tree, node: ast.Attribute) -> bool:
    """``task.exception()``, which is an error that nobody caught, and errors of errors."""
    if not isinstance(node.ctx, ast.Load):
        return False
    if node.attr == "exception":
        call = tree.parents[node]
        logged = isinstance(call, ast.Call) and call.func is node and (call.args or call.keywords)
        return not logged
    if node.attr in _PUSHES and "ExitStack" in tree.source:
        return True
    return node.attr in _LEADING and (node.attr.startswith("__") or is_error(tree, node.value))


def _is_shown(tree: Tree, node: ast.expr) -> bool:
    """Whether what is done with an error here leaves it in the names that it has."""
    above = tree.parents[node]
    if isinstance(above, _PLAIN):
        return True
    if isinstance(above, ast.Compare):
        # Any other comparison is a method that is given what it is compared with.
        return all(isinstance(operator, ast.Is | ast.IsNot) for operator in above.ops)
    if isinstance(above, ast.UnaryOp):
        return isinstance(above.op, ast.Not)
    if isinstance(above, ast.Assign):
        return all(isinstance(target, ast.Name) for target in above.targets)
    if isinstance(above, ast.AnnAssign):
        return isinstance(above.target, ast.Name)
    if isinstance(above, ast.NamedExpr):
        return _is_shown(tree, above)
    return isinstance(above, ast.Call) and _is_told(tree, above, node)


def _is_told(tree: Tree, call: ast.Call, node: ast.expr) -> bool:
    """Whether a call takes an error for its text, or is one that the names of errors follow."""
    if node not in call.args:
        return False
    if tree.sure_path(call.func) == "typing.cast":
        return _is_shown(tree, call)
    if isinstance(call.func, ast.Name):
        bindings = tree.bindings(call.func)
        if not bindings:
            return call.func.id in _TELLING
        return all(binding.kind == "def" and _takes_by_name(binding.node) for binding in bindings)
    if not isinstance(call.func, ast.Attribute):
        return False
    name, receiver = call.func.attr, call.func.value
    methods = [each for each in tree.nodes(*FUNCTIONS) if each.name == name]
    if methods:
        own = isinstance(receiver, ast.Name) and receiver.id == tree.receiver(tree.function(call))
        return own and name not in _bound(tree) and all(map(_takes_by_name, methods))
    return name in _LOGGING and name not in _bound(tree)


def _bound(tree: Tree) -> frozenset[str]:
    """Names that something other than a method may be bound to on some object."""
    known = tree.derived.get("bound names")
    if known is None:
        inside = (tree.inner[node].bindings.items() for node in tree.nodes(ast.ClassDef))
        known = tree.derived["bound names"] = frozenset(
            {
                *tree.attribute_stores(),
                *(node.arg for node in tree.nodes(ast.keyword) if node.arg),
                *(node.value for node in tree.nodes(ast.Constant) if isinstance(node.value, str)),
                *(
                    name
                    for found in inside
                    for name, bindings in found
                    if any(binding.kind != "def" for binding in bindings)
                ),
            }
        )
    return frozenset(known)


def _takes_by_name(function: ast.AST) -> bool:
    """Whether every argument of a function has a name of its own, whoever calls it."""
    return isinstance(function, FUNCTIONS) and not (
        function.args.vararg or function.args.kwarg or function.decorator_list
    )


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, (*FUNCTIONS, ast.Lambda))


def _given(tree: Tree, hops: int) -> frozenset[str]:
    """Names of functions that some call in the file gives a caught error."""
    known = tree.derived.get("given errors")
    if known is None:
        # Those that only hand on what they were given are found by the next hop.
        tree.derived["given errors"] = frozenset()
        known = frozenset(
            node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            for node in tree.nodes(ast.Call)
            if isinstance(node.func, ast.Name | ast.Attribute)
            and any(is_error(tree, argument, hops + 1) for argument in node.args)
        )
        tree.derived["given errors"] = known
    return frozenset(known)
