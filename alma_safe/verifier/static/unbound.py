"""Methods that a file may call on what is no object of their class: ``Entry.read(other)``.

``self`` of such a method may be anything. To name a method on an object binds it; only on a
class does it stay loose, so what counts is where classes of the file are values.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from alma_safe.verifier.static.tree import FUNCTIONS, Tree

_MAKES_CLASSES = frozenset(
    {"__init_subclass__", "__class_getitem__", "__new__", "__set_name__", "__prepare__"}
)
_TESTS = ("isinstance", "issubclass")
# Calls that give objects of the class that they are given, or nothing that leads to it.
_MAKERS = frozenset(
    {
        "typing.cast", "typing_extensions.cast", "typing.NewType", "typing.TypeVar",
        "collections.defaultdict", "dataclasses.field", "dataclasses.is_dataclass",
    }
)  # fmt: skip
# What gives classes out that nobody handed on: those of annotations, or of a dispatch.
_SHOWS_CLASSES = frozenset(
    {
        "dataclasses.fields", "dataclasses.make_dataclass", "functools.singledispatch",
        "functools.singledispatchmethod", "functools.partialmethod",
        *(
            f"{module}.{name}"
            for module in ("typing", "typing_extensions")
            for name in ("get_type_hints", "get_args", "get_origin", "get_protocol_members")
        ),
    }
)  # fmt: skip
_SHOWING_MODULES = ("inspect.", "types.", "annotationlib.")
_SHOWING_ATTRIBUTES = frozenset({"__annotations__", "__dataclass_fields__"})
_HOLDS_CLASS = frozenset({"__class__", "default_factory", "__origin__", "__args__", "__bases__"})


def unbound_methods(tree: Tree, is_bound: Callable[[ast.expr], bool]) -> frozenset[str]:
    """Names of methods that may be called on a foreign object.

    ``is_bound`` says of an expression whether the file shows it to be an object of its own.
    """
    return frozenset(_named(tree, is_bound))


def named_on_classes(tree: Tree) -> frozenset[str]:
    """Names of methods that the file names on a class of its own, other than for ``self``."""
    classes = set(tree.nodes(ast.ClassDef))
    functions = tree.nodes(*FUNCTIONS)
    methods = {function.name for function in functions}
    # Most attributes are those of self: they are told without looking anything up.
    names = {"__class__", *(node.name for node in classes)}
    names |= {tree.receiver(function) for function in functions if makes_classes(function)}
    names |= {
        target.id
        for target in tree.nodes(ast.Name)
        if isinstance(target.ctx, ast.Store)
        and isinstance(value := getattr(tree.parents[target], "value", None), ast.Name)
        and value.id in names
    }
    return frozenset(
        node.attr
        for node in tree.nodes(ast.Attribute)
        if node.attr in methods
        and (type(node.value) is not ast.Name or node.value.id in names)
        and isinstance(node.ctx, ast.Load)
        and _is_class(tree, node.value, classes)
        and not _is_given_self(tree, node)
    )


def _is_given_self(tree: Tree, node: ast.Attribute) -> bool:
    """``Base.__init__(self, ...)``, in a method, and calls without any argument."""
    call = tree.parents[node]
    if not isinstance(call, ast.Call) or call.func is not node:
        return False
    first = call.args[0] if call.args else None
    receiver = tree.receiver(tree.function(call))
    if isinstance(first, ast.Name) and first.id == receiver:
        return [binding.kind for binding in tree.bindings(first)] == ["param"]
    return first is None and not call.keywords


def makes_classes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the first parameter of a method is a class, or there is none."""
    return function.name in _MAKES_CLASSES or any(
        isinstance(decorator, ast.Name) and decorator.id in ("classmethod", "staticmethod")
        for decorator in function.decorator_list
    )


def _named(tree: Tree, is_bound: Callable[[ast.expr], bool]) -> Iterator[str]:
    classes = {node for node in tree.nodes(ast.ClassDef)}
    loose = any(
        _is_loose(tree, node, classes) for node in tree.nodes(ast.Name, ast.Attribute, ast.Call)
    )
    functions = tree.nodes(*FUNCTIONS)
    receivers = {tree.receiver(function) for function in functions}
    needless = {function.name for function in functions if _has_default_receiver(function)}
    for node in tree.nodes(ast.Attribute):
        if node.attr not in needless and _gives_no_receiver(tree, node, receivers):
            continue
        if _is_class(tree, node.value, classes) or (loose and not is_bound(node.value)):
            yield node.attr
    for node in tree.nodes(ast.Name):
        # In the body of its class a method is a function like any other.
        if isinstance(node.ctx, ast.Load) and not _is_setter(tree, node):
            for binding in tree.bindings(node):
                if isinstance(tree.parents.get(binding.node), ast.ClassDef):
                    yield node.id
    if not loose:
        return
    if _looks_up(tree, is_bound, classes):
        yield from (function.name for function in functions)
    for node in tree.nodes(ast.MatchClass):
        yield from node.kwd_attrs
    for node in tree.nodes(ast.Constant):
        # Names for getattr.
        if isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def _has_default_receiver(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parameters = [*function.args.posonlyargs, *function.args.args]
    return len(function.args.defaults) >= len(parameters)


def _gives_no_receiver(tree: Tree, node: ast.Attribute, receivers: set[str]) -> bool:
    """Whether it is called here, without anything that ``self`` of a bare method could be."""
    call = tree.parents[node]
    if not isinstance(call, ast.Call) or call.func is not node or call.args:
        return False
    return all(k.arg is not None and k.arg not in receivers for k in call.keywords)


def _looks_up(tree: Tree, is_bound: Callable[[ast.expr], bool], classes: set[ast.ClassDef]) -> bool:
    """Whether methods of a class may be read all at once, or by names that are put together."""
    if any(n.attr == "__dict__" and not is_bound(n.value) for n in tree.nodes(ast.Attribute)):
        return True
    return any(
        tree.is_builtin(call.func, "getattr")
        and len(call.args) > 1
        and not isinstance(call.args[1], ast.Constant)
        and (not is_bound(call.args[0]) or _is_class(tree, call.args[0], classes))
        for call in tree.nodes(ast.Call)
    )


def _is_setter(tree: Tree, node: ast.Name) -> bool:
    """Whether this is ``name`` of ``@name.setter``."""
    parent = tree.parents.get(node)
    return isinstance(parent, ast.Attribute) and parent.attr in ("setter", "deleter")


def _is_class(tree: Tree, node: ast.expr, classes: set[ast.ClassDef]) -> bool:
    """Whether this may be a class, by what it says itself."""
    if isinstance(node, ast.Call):
        return tree.is_builtin(node.func, "type")
    if isinstance(node, ast.Attribute):
        return node.attr in _HOLDS_CLASS
    if isinstance(node, ast.Subscript):
        return _is_class(tree, node.value, classes)
    if not isinstance(node, ast.Name):
        return False
    if node.id == "__class__":
        return True
    for binding in tree.bindings(node):
        if binding.node in classes or _is_alias(tree, binding.value, classes):
            return True
        function = tree.function(binding.node)
        if binding.kind == "param" and _is_class_parameter(tree, function, node.id):
            return True
    return False


def _is_alias(tree: Tree, value: ast.expr | None, classes: set[ast.ClassDef]) -> bool:
    return isinstance(value, ast.Name) and any(
        binding.node in classes for binding in tree.bindings(value)
    )


def _is_class_parameter(tree: Tree, function: ast.AST | None, name: str) -> bool:
    return (
        isinstance(function, FUNCTIONS)
        and tree.receiver(function) == name
        and makes_classes(function)
        and not any(tree.is_builtin(d, "staticmethod") for d in function.decorator_list)
    )


def _is_loose(tree: Tree, node: ast.expr, classes: set[ast.ClassDef]) -> bool:
    """Whether a class of the file gets away here: where it goes nobody sees."""
    if isinstance(node, ast.Name | ast.Attribute):
        path = tree.path(node) or ""
        shows = path in _SHOWS_CLASSES or path.startswith(_SHOWING_MODULES)
        if shows or (isinstance(node, ast.Attribute) and node.attr in _SHOWING_ATTRIBUTES):
            return True
    if not _is_class(tree, node, classes):
        return False
    child: ast.AST = node
    for parent in tree.ancestors(node):
        if isinstance(parent, ast.Subscript | ast.Tuple | ast.List | ast.BinOp):
            child = parent
            continue
        if _is_annotation(parent, child) or _is_test(tree, parent, child):
            return False
        return child is not node or not _gives_objects(tree, parent, child)
    return False


def _is_annotation(parent: ast.AST, child: ast.AST) -> bool:
    """Whether the class is part of a type, or a base: what is written there is called by nobody."""
    if isinstance(parent, ast.arg | ast.AnnAssign):
        return parent.annotation is child
    if isinstance(parent, FUNCTIONS):
        return parent.returns is child
    return isinstance(parent, ast.ClassDef) and child in parent.bases


def _is_test(tree: Tree, parent: ast.AST, child: ast.AST) -> bool:
    """Whether an object is compared with the class."""
    if isinstance(parent, ast.Call):
        tests = any(tree.is_builtin(parent.func, name) for name in _TESTS)
        return tests and parent.args[1:] == [child]
    return isinstance(parent, ast.ExceptHandler | ast.MatchClass | ast.Compare)


def _gives_objects(tree: Tree, parent: ast.AST, child: ast.AST) -> bool:
    """Whether what is done with the class itself gives no more than its objects."""
    if isinstance(parent, ast.Attribute | ast.Expr | ast.FormattedValue | ast.Raise):
        return True  # what is named on it is looked at by itself
    if isinstance(parent, ast.Call):
        return (
            parent.func is child
            or tree.is_builtin(parent.func, "super")
            or (_makes_bare_object(tree, parent.func) and parent.args[:1] == [child])
            or (tree.sure_path(parent.func) in _MAKERS and parent.args[:1] == [child])
        )
    if isinstance(parent, ast.keyword) and parent.arg in ("default_factory", "bound"):
        call = tree.parents.get(parent)
        return isinstance(call, ast.Call) and tree.sure_path(call.func) in _MAKERS
    return False


def _makes_bare_object(tree: Tree, func: ast.expr) -> bool:
    """Whether this is ``object.__new__`` or ``super().__new__``."""
    if not isinstance(func, ast.Attribute) or func.attr != "__new__":
        return False
    value = func.value.func if isinstance(func.value, ast.Call) else func.value
    return tree.is_builtin(value, "super") or tree.is_builtin(value, "object")
