"""S3xx: attributes that lead out of the design, dunder attributes, class bodies."""

from __future__ import annotations

import ast

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.carriers import carried
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.constants import constant_names
from alma_safe.verifier.static.instead import ATTRIBUTES, PRIVATE, SET_PRIVATE, guarded_hint
from alma_safe.verifier.static.ownership import CARRIED, is_private, ownership
from alma_safe.verifier.static.rules.forged import ARRAYS
from alma_safe.verifier.static.rules.names import METACLASSES, STORABLE, is_admitted_attribute
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree
from alma_safe.verifier.static.values import attribute_values

FORBIDDEN = Rule(
    id="S301",
    stage="static",
    title="forbidden attribute",
    reason="It leads to frames, code, files or the event loop's plumbing.",
    remedy="Give an attribute of your own another name: this one is refused wherever it stands.",
)
DUNDER = Rule(
    id="S302",
    stage="static",
    title="dunder attribute",
    reason="Dunder attributes lead from any object to every class, module and global there is.",
    remedy="Use the function or operator that stands for it: len(x), type(x).__name__, x == y, "
    "dataclasses.asdict(x).",
)
DUNDER_STORE = Rule(
    id="S303",
    stage="static",
    title="dunder attribute assigned or deleted",
    reason="It changes what an object is under the eyes of the judge.",
    remedy="Define a method in the class body, or use an ordinary attribute.",
)
CLASS_BODY = Rule(
    id="S304",
    stage="static",
    title="dunder name in a class body",
    reason="These hooks intercept every attribute access, deletion, copy or class check.",
    remedy="Define only ordinary data-model methods such as __init__, __len__, __repr__, __eq__.",
)
METACLASS = Rule(
    id="S305",
    stage="static",
    title="metaclass that is not admitted",
    reason="A metaclass runs code whenever a class is made, checked or called.",
    remedy="Use ABC, a class decorator or __init_subclass__.",
)
PATTERN = Rule(
    id="S306",
    stage="static",
    title="attribute reached through a match pattern",
    reason="case C(attr=x) reads the attribute just as c.attr does.",
    remedy="Match ordinary attributes only.",
)
BASE = Rule(
    id="S307",
    stage="static",
    title="base class that is not admitted",
    reason="Deriving from type makes a metaclass without restrictions.",
    remedy="Derive from ABCMeta or use a class decorator.",
)

EVENT_LOOP = Rule(
    id="S308",
    stage="static",
    title="event loop tampered with",
    reason="The loop belongs to whoever runs the design: stopping or changing it hangs everything.",
    remedy="Use asyncio.gather, asyncio.create_task, asyncio.to_thread, asyncio.wait_for.",
)

RULES = (FORBIDDEN, DUNDER, DUNDER_STORE, CLASS_BODY, METACLASS, PATTERN, BASE, EVENT_LOOP)

_LOOPS = frozenset({"asyncio.get_running_loop", "asyncio.get_event_loop"})
_LOOP_METHODS = frozenset(
    {
        "call_at", "call_later", "call_soon", "call_soon_threadsafe", "create_future",
        "create_task", "is_closed", "is_running", "run_in_executor", "run_until_complete", "time",
    }
)  # fmt: skip

_OBEY_PRIVATE = ARRAYS | {"enum", "logging"}
"""Packages with objects that do, and some that run, what is put into their private attributes."""
_WHOLE = frozenset({"items", "keys", "values", "copy"})
_ACCESSORS = frozenset({"__setattr__", "__getattr__", "__delattr__"})
_CLASS_DATA = frozenset(
    {
        "__slots__", "__match_args__", "__doc__", "__version__", "__author__",
    }
)  # fmt: skip


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    own, guarded = ownership(tree), carried(tree, settings.guarded_attributes)
    for node in tree.nodes(ast.Attribute):
        name = node.attr
        if name in settings.forbidden_attributes:
            collector.add(FORBIDDEN, node, f"the attribute {shown(name)} is not admitted")
        elif name in guarded:
            if not own.is_own(node.value) and not _is_empty_dump(tree, node):
                message = f"objects of libraries have {shown(name)}, and this may be one"
                collector.add(FORBIDDEN, node, message, hint=guarded_hint(name))
        elif own.is_foreign_private(name) and not own.is_own(node.value):
            message = f"{shown(name)} is private, and not of this design"
            collector.add(FORBIDDEN, node, message, hint=PRIVATE)
        elif is_private(name) and not isinstance(node.ctx, ast.Load):
            obeyed = not tree.packages.isdisjoint(_OBEY_PRIVATE)
            if obeyed and not own.may_set_private(node.value):
                message = f"{shown(name)} is private, and set on what may be an object of a library"
                collector.add(FORBIDDEN, node, message, hint=SET_PRIVATE)
        elif name.startswith("__") and name.endswith("__") and len(name) > 4:
            _check_dunder(tree, node, settings, collector)
    if "loop" in tree.source:
        _check_loops(tree, collector)
    for node in tree.nodes(ast.MatchClass):
        _check_pattern(tree, node, settings, collector)
    for node in tree.nodes(ast.ClassDef):
        _check_class(tree, node, settings, collector)


# ------------------------------------------------------------------------ dunder attributes


def _check_dunder(
    tree: Tree, node: ast.Attribute, settings: Settings, collector: Collector
) -> None:
    name = node.attr
    if not isinstance(node.ctx, ast.Load):
        if isinstance(node.ctx, ast.Store) and _is_function_name(tree, node):
            return
        collector.add(DUNDER_STORE, node, f"{shown(name)} is assigned or deleted")
    elif name == "__dict__":
        if not _is_own_dict(tree, node):
            message = "__dict__ of something other than self"
            collector.add(DUNDER, node, message, hint=ATTRIBUTES[name])
    elif name in settings.dunder_attributes:
        if name == "__class__" and isinstance(node.value, ast.Constant | ast.Tuple | ast.List):
            collector.add(DUNDER, node, "__class__ of a literal")
    elif name in settings.dunder_methods:
        if name in _ACCESSORS and not _is_called(tree, node):
            collector.add(DUNDER, node, f"{shown(name)} is used as a value")
    else:
        hint = ATTRIBUTES.get(name, "")
        collector.add(DUNDER, node, f"the attribute {shown(name)} is not admitted", hint=hint)


def _is_function_name(tree: Tree, node: ast.Attribute) -> bool:
    """``wrapper.__name__ = ...`` inside a decorator; never the name of a class or import."""
    if node.attr not in STORABLE or tree.at_import_time(node):
        return False
    if not isinstance(node.value, ast.Name):
        return node.attr == "__cause__"
    return all(b.kind not in ("class", "import", "from") for b in tree.bindings(node.value))


def _is_empty_dump(tree: Tree, node: ast.Attribute) -> bool:
    """``entry.dump()``: an array would have to be told where to."""
    call = tree.parents[node]
    if not isinstance(call, ast.Call) or call.func is not node:
        return False
    return node.attr == "dump" and not call.args and not call.keywords


def _is_called(tree: Tree, node: ast.Attribute) -> bool:
    parent = tree.parents[node]
    return isinstance(parent, ast.Call) and parent.func is node


def _is_own_dict(tree: Tree, node: ast.Attribute) -> bool:
    """``self.__dict__`` in a method, or the ``__dict__`` of an instance taken whole.

    Taken whole, as in ``[entry.__dict__ for entry in entries]``, it is data; indexed, it
    would be attribute access by computed name.
    """
    if not isinstance(node.value, ast.Name):
        return False
    function = tree.function(node)
    if node.value.id == tree.receiver(function) and function is not None:
        decorators = getattr(function, "decorator_list", [])
        plain = not any(isinstance(d, ast.Name) and d.id == "classmethod" for d in decorators)
        owner = ownership(tree).owner(node.value)
        return plain and owner is not None and not ownership(tree).is_foreign(owner)
    parent = tree.parents[node]
    if isinstance(parent, ast.Subscript | ast.Starred):
        return False
    if isinstance(parent, ast.Attribute) and parent.attr not in _WHOLE:
        return False
    bindings = tree.bindings(node.value)
    given = bool(bindings) and all(b.kind in ("param", "loop") for b in bindings)
    return given or ownership(tree).is_own_object(node.value)


def _check_loops(tree: Tree, collector: Collector) -> None:
    for node in tree.nodes(ast.Attribute):
        if node.attr not in _LOOP_METHODS and _is_loop(tree, node.value):
            collector.add(EVENT_LOOP, node, f"{shown(node.attr)} of the event loop")


def _is_loop(tree: Tree, node: ast.expr, hops: int = 0) -> bool:
    """Whether ``node`` is, or was assigned, the running event loop."""
    if hops > 4:
        return False
    if isinstance(node, ast.Call):
        func = node.func
        asked = isinstance(func, ast.Attribute) and func.attr == "get_loop"
        return asked or tree.path(func) in _LOOPS
    if isinstance(node, ast.Name):
        for binding in tree.bindings(node):
            hint = binding.node.annotation if isinstance(binding.node, ast.arg) else None
            if hint is not None and tree.path(hint) == "asyncio.AbstractEventLoop":
                return True
            if binding.value is not None and _is_loop(tree, binding.value, hops + 1):
                return True
    if isinstance(node, ast.Attribute):
        values = attribute_values(tree, node) or []
        return any(_is_loop(tree, value, hops + 1) for value in values)
    return False


# --------------------------------------------------------------------- patterns and classes


def _check_pattern(
    tree: Tree, node: ast.MatchClass, settings: Settings, collector: Collector
) -> None:
    own = ownership(tree)
    for name in node.kwd_attrs:
        foreign = own.is_hidden(name, settings)
        if not is_admitted_attribute(name, settings) or (foreign and not own.is_exact(node.cls)):
            collector.add(PATTERN, node, f"the pattern reads the attribute {shown(name)}")
    if not node.patterns or own.is_exact(node.cls):
        return
    for name in sorted(own.positional(node.cls)):
        if own.is_hidden(name, settings) or name in CARRIED:
            collector.add(PATTERN, node, f"the pattern reads the attribute {shown(name)}")
    if own.is_open(node.cls):
        collector.add(PATTERN, node, "which attributes the pattern reads cannot be seen")


def _check_class(tree: Tree, node: ast.ClassDef, settings: Settings, collector: Collector) -> None:
    bindings = tree.inner[node].bindings
    for name, found in bindings.items():
        if name in settings.forbidden_attributes:
            # A dataclass makes it a name that class patterns read by position.
            collector.add(CLASS_BODY, found[0].node, f"the class defines {shown(name)}")
        if not (name.startswith("__") and name.endswith("__")) or len(name) < 5:
            continue
        if name not in settings.dunder_methods and name not in _CLASS_DATA:
            collector.add(CLASS_BODY, found[0].node, f"the class defines {shown(name)}")
        elif name == "__match_args__":
            _check_match_args(tree, found[0].value, node, settings, collector)
    for keyword in node.keywords:
        if keyword.arg == "metaclass" and not _is_metaclass(tree, keyword.value):
            collector.add(METACLASS, keyword.value, "this metaclass is not admitted")
        elif keyword.arg is None:
            collector.add(METACLASS, keyword.value, "class keywords from a dict may hide one")
    for base in node.bases:
        if isinstance(base, ast.Starred):
            collector.add(BASE, base, "the base classes cannot be seen")
        elif _may_be_type(tree, base):
            collector.add(BASE, base, "a base class that may be type, under another name")
        elif tree.is_builtin(base, "type") and not _is_plain_metaclass(tree, node):
            collector.add(BASE, base, "a metaclass that intercepts class checks or creation")


def _may_be_type(tree: Tree, base: ast.expr) -> bool:
    """``Type[int]`` and ``Annotated[type, 1]`` are ``type`` where a class derives from them."""
    value = base.value if isinstance(base, ast.Subscript) else base
    path = tree.path(value) or ""
    named = isinstance(base, ast.Subscript) and tree.is_builtin(value, "type")
    return named or path.endswith((".Type", ".Annotated"))


def _check_match_args(
    tree: Tree,
    value: ast.expr | None,
    owner: ast.ClassDef,
    settings: Settings,
    collector: Collector,
) -> None:
    names: frozenset[str] | None = None
    if isinstance(value, ast.Tuple):
        names = frozenset()
        for item in value.elts:
            found = constant_names(tree, item)
            names = None if found is None or names is None else names | found
    if names is None:
        collector.add(PATTERN, value or owner, "__match_args__ is not a tuple of constants")
        return
    for name in sorted(names):
        if not is_admitted_attribute(name, settings):
            collector.add(PATTERN, value or owner, f"__match_args__ names {shown(name)}")


def _is_metaclass(tree: Tree, node: ast.expr) -> bool:
    """ABCMeta, EnumMeta, type, or a plain class of the file derived from one of them."""
    if tree.is_builtin(node, "type"):
        return True
    if tree.path(node) is not None:
        return tree.sure_path(node) in METACLASSES
    if not isinstance(node, ast.Name):
        return False
    bindings = tree.bindings(node)
    return bool(bindings) and all(
        binding.kind == "class"
        and isinstance(binding.node, ast.ClassDef)
        and _is_plain_metaclass(tree, binding.node)
        for binding in bindings
    )


def _is_plain_metaclass(tree: Tree, node: ast.ClassDef, hops: int = 0) -> bool:
    if hops > 4 or len(node.bases) != 1:
        return False
    base = node.bases[0]
    if tree.is_builtin(base, "type") or (tree.sure_path(base) or "") in METACLASSES:
        return True
    if not isinstance(base, ast.Name):
        return False
    bindings = tree.bindings(base)
    return bool(bindings) and all(
        isinstance(binding.node, ast.ClassDef) and _is_plain_metaclass(tree, binding.node, hops + 1)
        for binding in bindings
    )
