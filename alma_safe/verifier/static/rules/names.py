"""S2xx: builtins that are not for designs, and attributes named at run time."""

from __future__ import annotations

import ast

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.carriers import carried
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.constants import constant_names
from alma_safe.verifier.static.instead import BUILTINS
from alma_safe.verifier.static.ownership import is_private, ownership
from alma_safe.verifier.static.places import CLASS_TESTS, is_type_place
from alma_safe.verifier.static.scopes import Binding
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

BUILTIN = Rule(
    id="S201",
    stage="static",
    title="forbidden builtin",
    reason="It runs text as code, opens files, or reaches the interpreter's own state.",
    remedy="Write the operation with ordinary code; for parsing use json.loads.",
)
COMPUTED_ATTRIBUTE = Rule(
    id="S202",
    stage="static",
    title="attribute named at run time",
    reason="A computed name can be any name, so no rule about attributes would hold.",
    remedy="Give the name as a constant, as an f-string with a constant beginning such as "
    "f'handle_{kind}', or keep what has changing names in a dict of your own: self.values[name].",
)
ACCESSOR_VALUE = Rule(
    id="S203",
    stage="static",
    title="getattr, setattr, hasattr or delattr used as a value",
    reason="Passed on or stored, it is called with names that nobody checked.",
    remedy="Call it directly with a constant name, or use a lambda.",
)
MAKES_CLASS = Rule(
    id="S204",
    stage="static",
    title="class made by type()",
    reason="A class made from a dict can hold any dunder method, unseen by the rules.",
    remedy="Write a class statement.",
)
STRING_ANNOTATION = Rule(
    id="S205",
    stage="static",
    title="code inside a string annotation",
    reason="Libraries evaluate string annotations as code.",
    remedy="Annotate with names and subscripts only.",
)

RULES = (BUILTIN, COMPUTED_ATTRIBUTE, ACCESSOR_VALUE, MAKES_CLASS, STRING_ANNOTATION)

_ACCESSORS = frozenset({"getattr", "setattr", "hasattr", "delattr"})
STORABLE = frozenset(
    {"__name__", "__qualname__", "__doc__", "__wrapped__", "__cause__", "__module__"}
)
"""Dunder names that a decorator may set on the function it makes."""
METACLASSES = frozenset({"abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"})
_WALKS = frozenset({"format", "format_map"})


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    for node in tree.nodes(ast.Name):
        name = node.id
        if name in settings.forbidden_builtins:
            _check_builtin(tree, node, collector)
        elif name in _ACCESSORS and isinstance(node.ctx, ast.Load):
            _check_accessor(tree, node, settings, collector)
        elif name == "type" and isinstance(node.ctx, ast.Load):
            _check_type(tree, node, collector)
    known = tree.imported | {node.name for node in tree.nodes(ast.ClassDef)}
    for node in tree.nodes(ast.Name):
        if node.id in known:
            _check_metaclass(tree, node, collector)
    for node in tree.nodes(ast.Attribute):
        _check_metaclass(tree, node, collector)
    for node in tree.nodes(ast.Call):
        _check_dunder_accessor(tree, node, settings, collector)
    _check_annotations(tree, collector)


# ------------------------------------------------------------------------ builtins


def _check_builtin(tree: Tree, node: ast.Name, collector: Collector) -> None:
    if not isinstance(node.ctx, ast.Load):
        if isinstance(node.ctx, ast.Del) and tree.scopes[node].kind in ("module", "class"):
            collector.add(BUILTIN, node, f"del {shown(node.id)} uncovers the builtin")
        return
    if not _is_shadowed(tree, node):
        hint = BUILTINS.get(node.id, "")
        collector.add(BUILTIN, node, f"the builtin {shown(node.id)} is not admitted", hint=hint)


def _is_shadowed(tree: Tree, node: ast.Name) -> bool:
    """Whether this name can only be the design's own, never the builtin.

    A local name of a function always hides the builtin. A name of the module or of a
    class does so only once its binding was executed.
    """
    scope = tree.scopes[node]
    owner = scope
    while owner is not None and (
        node.id not in owner.bindings or (owner.kind == "class" and owner is not scope)
    ):
        if owner.outer is None:
            return False
        owner = owner.outer
    if owner.kind in ("function", "comprehension", "types"):
        return True
    return any(
        _is_unconditional(tree, binding, owner.node)
        and getattr(binding.node, "lineno", 0) < node.lineno
        for binding in owner.bindings[node.id]
    )


def _is_unconditional(tree: Tree, binding: Binding, body_of: ast.AST) -> bool:
    node = binding.node
    if binding.kind in ("def", "class"):
        return tree.parents.get(node) is body_of
    parent = tree.parents.get(node)
    if isinstance(parent, ast.Assign | ast.AnnAssign) and binding.kind == "value":
        return tree.parents.get(parent) is body_of
    return False


# ------------------------------------------------------------- getattr and its family


def _check_accessor(tree: Tree, node: ast.Name, settings: Settings, collector: Collector) -> None:
    if tree.bindings(node):
        return
    call = tree.parents[node]
    if not isinstance(call, ast.Call) or call.func is not node:
        collector.add(ACCESSOR_VALUE, node, f"{node.id} is used as a value")
        return
    if len(call.args) < 2 or any(isinstance(arg, ast.Starred) for arg in call.args[:2]):
        collector.add(COMPUTED_ATTRIBUTE, call, f"{node.id} without a visible name")
        return
    _check_attribute_name(tree, node.id, call, (call.args[0], call.args[1]), settings, collector)


def _check_attribute_name(
    tree: Tree,
    accessor: str,
    call: ast.Call,
    operands: tuple[ast.expr | None, ast.expr],
    settings: Settings,
    collector: Collector,
) -> None:
    owner, argument = operands
    own = ownership(tree)
    names = constant_names(tree, argument)
    if names is None:
        stores = accessor.strip("_") in ("setattr", "delattr")
        loose = stores and not _may_set(tree, owner)
        if not _has_safe_affix(tree, argument, owner, settings, public=loose):
            message = f"{accessor} with a name computed at run time"
            collector.add(COMPUTED_ATTRIBUTE, call, message)
        return
    for name in sorted(names):
        if accessor == "hasattr":
            continue
        stores = accessor.strip("_") in ("setattr", "delattr")
        foreign = own.is_hidden(name, settings)
        if (
            is_admitted_attribute(name, settings)
            and not (
                stores and (is_private(name) or name == "attrname") and not _may_set(tree, owner)
            )
            and not (foreign and owner is not None and not own.is_own(owner))
            and not (stores and name.startswith("__") and name not in STORABLE)
        ):
            continue
        collector.add(COMPUTED_ATTRIBUTE, call, f"{accessor} of the attribute {shown(name)}")


def _may_set(tree: Tree, owner: ast.expr | None) -> bool:
    return owner is not None and ownership(tree).may_set_private(owner)


def is_admitted_attribute(name: str, settings: Settings) -> bool:
    """Whether a design may look up ``name`` by string."""
    if name in settings.forbidden_attributes or name in _WALKS:
        return False
    if name.startswith("__") and name.endswith("__"):
        return name in settings.dunder_attributes and name not in ("__class__", "__annotations__")
    return True


def _has_safe_affix(
    tree: Tree, argument: ast.expr, owner: ast.expr | None, settings: Settings, *, public: bool
) -> bool:
    """Whether the constant beginning or end rules every forbidden attribute out.

    With ``public``, every private one too.
    """
    prefix, suffix = _affixes(tree, argument)
    if public and (not prefix or prefix.startswith("_")):
        return False
    forbidden = settings.forbidden_attributes | carried(tree, settings.guarded_attributes) | _WALKS
    if prefix and not prefix.startswith("__") and prefix != "_":
        # A private beginning has to be one of the file: libraries have private names too.
        own = ownership(tree)
        known = not prefix.startswith("_") or (
            (owner is not None and own.is_own(owner))
            or any(name.startswith(prefix) for name in own.names)
        )
        if known and not any(name.startswith(prefix) for name in forbidden):
            return True
    if len(suffix) > 1 and not suffix.endswith("_"):
        return not any(name.endswith(suffix) for name in forbidden)
    return False


def _affixes(tree: Tree, argument: ast.expr) -> tuple[str, str]:
    parts: list[ast.expr]
    if isinstance(argument, ast.JoinedStr):
        parts = argument.values
    elif isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Add):
        parts = []
        node: ast.expr = argument
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts.insert(0, node.right)
            node = node.left
        parts.insert(0, node)
    else:
        return "", ""
    if not parts:
        return "", ""
    return _text(tree, parts[0]), _text(tree, parts[-1])


def _text(tree: Tree, node: ast.expr) -> str:
    names = constant_names(tree, node)
    return next(iter(names)) if names is not None and len(names) == 1 else ""


def _check_dunder_accessor(
    tree: Tree, call: ast.Call, settings: Settings, collector: Collector
) -> None:
    """``object.__setattr__(self, name, value)`` and ``super().__getattr__(name)``."""
    func = call.func
    if not isinstance(func, ast.Attribute):
        return
    if func.attr not in ("__setattr__", "__getattr__", "__delattr__"):
        return
    bound = isinstance(func.value, ast.Call)
    position = 0 if bound else 1
    if len(call.args) <= position:
        collector.add(COMPUTED_ATTRIBUTE, call, f"{func.attr} without a visible name")
        return
    argument = call.args[position]
    function = tree.function(call)
    if (
        isinstance(argument, ast.Name)
        and isinstance(function, FUNCTIONS)
        and function.name == func.attr
        and any(binding.kind == "param" for binding in tree.bindings(argument))
    ):
        # The name that the interpreter itself passed in, handed to the base class.
        return
    owner = func.value if bound else call.args[0]
    _check_attribute_name(tree, func.attr, call, (owner, argument), settings, collector)


# ------------------------------------------------------------------- type() and annotations


def _check_metaclass(tree: Tree, node: ast.Name | ast.Attribute, collector: Collector) -> None:
    """A metaclass that is called makes a class just as type() does."""
    if not _is_metaclass(tree, node) or not isinstance(node.ctx, ast.Load):
        return
    parent = tree.parents[node]
    if isinstance(parent, ast.Call):
        call = parent
        # super(Meta, cls) and isinstance(cls, Meta).
        if isinstance(call.func, ast.Name) and call.func.id in CLASS_TESTS:
            return
        collector.add(MAKES_CLASS, call, "a metaclass is called or passed on")
    elif not is_type_place(tree, node):
        collector.add(MAKES_CLASS, node, "a metaclass is stored or passed on")


def _is_metaclass(tree: Tree, node: ast.expr, hops: int = 0) -> bool:
    if tree.path(node) in METACLASSES:
        return True
    if not isinstance(node, ast.Name) or hops > 4:
        return False
    return any(
        tree.is_builtin(base, "type") or _is_metaclass(tree, base, hops + 1)
        for binding in tree.bindings(node)
        if isinstance(binding.node, ast.ClassDef)
        for base in binding.node.bases
    )


def _check_type(tree: Tree, node: ast.Name, collector: Collector) -> None:
    if tree.bindings(node):
        return
    parent = tree.parents[node]
    if isinstance(parent, ast.Call) and parent.func is node:
        several = len(parent.args) + len(parent.keywords) != 1
        if several or any(isinstance(arg, ast.Starred) for arg in parent.args) or parent.keywords:
            collector.add(MAKES_CLASS, parent, "type() with other than one argument")
    elif not is_type_place(tree, node):
        collector.add(MAKES_CLASS, node, "type is stored or passed on")


def _check_annotations(tree: Tree, collector: Collector) -> None:
    for node in tree.nodes(ast.arg, ast.AnnAssign):
        if node.annotation is not None:
            _check_annotation(tree, node.annotation, collector)
    for node in tree.nodes(*FUNCTIONS):
        if node.returns is not None:
            _check_annotation(tree, node.returns, collector)


def _check_annotation(tree: Tree, annotation: ast.expr, collector: Collector) -> None:
    todo: list[ast.AST] = [annotation]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if "(" in node.value or "lambda" in node.value or ".__" in node.value:
                collector.add(STRING_ANNOTATION, node, "a string annotation that is not a type")
        elif isinstance(node, ast.Subscript):
            todo.append(node.value)
            # Their arguments are data, never evaluated.
            if not (tree.sure_path(node.value) or "").endswith((".Literal", ".Annotated")):
                todo.append(node.slice)
            elif isinstance(node.slice, ast.Tuple) and _is_annotated(tree, node):
                todo.append(node.slice.elts[0])
        elif isinstance(node, ast.BinOp):
            todo += [node.left, node.right]
        elif isinstance(node, ast.Tuple | ast.List):
            todo += node.elts


def _is_annotated(tree: Tree, node: ast.Subscript) -> bool:
    return (tree.sure_path(node.value) or "").endswith("Annotated")
