"""S310: the attributes of an object taken or set whole, or by names that nothing shows.

``copy`` and numpy ask an object, before its class, for ``__reduce_ex__`` and the like: who puts
these into ``__dict__`` calls anything, and sets attributes of anything, by any name.
"""

from __future__ import annotations

import ast

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.constants import constant_names, visible_keys
from alma_safe.verifier.static.ownership import ownership
from alma_safe.verifier.static.places import is_class_place
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

STATE = Rule(
    id="S310",
    stage="static",
    title="state of an object taken or set whole",
    reason="It holds every attribute of the object, the forbidden ones too, under names that "
    "nothing shows.",
    remedy="Define __getstate__ and __setstate__ for copies; elsewhere name the attributes, or use "
    "dataclasses.asdict.",
)

RULES = (STATE,)

_STATE = frozenset({"__getstate__", "__setstate__"})
_ASKING = frozenset({"copy", "numpy", "scipy", "networkx", "langchain_chroma"})
"""Packages that ask an object for dunder names before its class."""
_READS = frozenset({"items", "keys", "values", "copy", "get", "pop", "popitem", "clear"})
_COPYING = frozenset(
    {
        "dict", "len", "list", "sorted", "str", "repr", "iter", "tuple", "set", "print",
        "enumerate", "any", "all", "sum", "max", "min", "map", "filter", "zip", "bool",
    }
)  # fmt: skip
_COPYING_PATHS = frozenset({"json.dumps", "copy.copy", "copy.deepcopy", "pprint.pformat"})
_COPY = "give a copy of it away: dict(self.__dict__)"
_SET = "set attributes by name, self.x = ..., or keep them in a dict of your own: self.values[name]"


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    asks = not tree.packages.isdisjoint(_ASKING)
    for node in tree.nodes(ast.Attribute):
        if node.attr in _STATE:
            _check_state(tree, node, collector)
        elif node.attr == "__dict__" and isinstance(node.ctx, ast.Load):
            _check_dict(tree, node, asks, settings, collector)
        elif node.attr in ("attrname", "__set_name__"):
            _check_descriptor(tree, node, collector)
    if not asks:
        return
    for node in tree.nodes(ast.ClassDef):
        for binding in tree.inner[node].bindings.get("__getstate__", ()):
            if getattr(binding.node, "decorator_list", [binding]):
                message = "__getstate__ is no plain method"
                collector.add(STATE, binding.node, message, hint=_STATE_HINT)
    for node in tree.nodes(ast.keyword):
        if node.arg == "extra":
            _check_unseen(tree, node, "which attributes a record of logging is given", collector)
    for node in tree.nodes(ast.FunctionDef):
        if node.name == "__getstate__":
            _check_getstate(tree, node, collector)
    if "types" in tree.packages:
        used = False
        for node in tree.nodes(ast.Name, ast.Attribute):
            if tree.path(node) == "types.SimpleNamespace":
                used = True
                _check_namespace(tree, node, collector)
        for node in tree.nodes(ast.Attribute) if used else ():
            if node.attr == "__init__":
                _check_init(tree, node, collector)


def _check_state(tree: Tree, node: ast.Attribute, collector: Collector) -> None:
    parent = tree.parents[node]
    call = parent if isinstance(parent, ast.Call) and parent.func is node else None
    if call is None or not ownership(tree).is_own(node.value):
        collector.add(STATE, node, f"{node.attr} of something other than self")
    elif node.attr == "__setstate__" and not all(
        _is_given_state(tree, argument) or _is_harmless(tree, argument) for argument in call.args
    ):
        collector.add(STATE, node, "which attributes __setstate__ sets cannot be seen")


# ---------------------------------------------------------------------------- __dict__


def _check_dict(
    tree: Tree, node: ast.Attribute, asks: bool, settings: Settings, collector: Collector
) -> None:
    """``x.__dict__`` is read, or set under names that the file shows."""
    parent = tree.parents[node]
    if isinstance(parent, ast.Subscript) and parent.value is node:
        if isinstance(parent.ctx, ast.Store):
            _check_key(tree, parent, parent.slice, settings, collector)
    elif isinstance(parent, ast.Attribute):
        _check_method(tree, parent, asks, settings, collector)
    elif asks and not _is_read(tree, node, parent):
        message = "under another name __dict__ is set unseen, and copies look into it"
        collector.add(STATE, node, message, hint=_COPY)


def _check_key(
    tree: Tree, node: ast.AST, key: ast.expr, settings: Settings, collector: Collector
) -> None:
    names = constant_names(tree, key)
    if names is None:
        message = "__dict__ is set under a name computed at run time"
        collector.add(STATE, node, message, hint=_SET)
        return
    for name in sorted(names):
        if name.startswith("__") or name in settings.forbidden_attributes:
            collector.add(STATE, node, f"{shown(name)} is set by way of __dict__", hint=_SET)


def _check_method(
    tree: Tree, node: ast.Attribute, asks: bool, settings: Settings, collector: Collector
) -> None:
    call = tree.parents[node]
    called = isinstance(call, ast.Call) and call.func is node
    if not isinstance(call, ast.Call) or not called:
        collector.add(STATE, node, "a method of __dict__ is kept", hint=_SET)
    elif node.attr == "setdefault" and call.args:
        _check_key(tree, node, call.args[0], settings, collector)
    elif node.attr == "update":
        given = [each for each in call.args if not _is_given_state(tree, each)]
        given += [each.value for each in call.keywords if each.arg is None]
        named = [each.arg or "" for each in call.keywords]
        keys = [key for each in given for key in _names(tree, each)]
        shows = [*named, *filter(None, keys)]
        if any(name.startswith("__") or name in settings.forbidden_attributes for name in shows):
            collector.add(
                STATE, node, "names that are not admitted are set by way of __dict__", hint=_SET
            )
        elif asks and None in keys:
            message = "which attributes are set by way of __dict__ cannot be seen"
            collector.add(STATE, node, message, hint=_SET)
    elif node.attr not in _READS:
        collector.add(STATE, node, f"{shown(node.attr)} of __dict__", hint=_SET)


def _names(tree: Tree, node: ast.expr) -> list[str | None]:
    """The keys of a dict as far as the file shows them; None for any other."""
    if _is_dict_of(node):
        return []  # What an object has already was set by name.
    func = node.func if isinstance(node, ast.Call) and not node.keywords else None
    given = node.args if isinstance(node, ast.Call) else []
    if func is not None and tree.is_builtin(func, "dict") and len(given) == 1:
        return _names(tree, given[0])
    if isinstance(func, ast.Attribute) and func.attr == "copy" and not given:
        return _names(tree, func.value)
    if isinstance(node, ast.DictComp):
        found = constant_names(tree, node.key)
        return [None] if found is None else [*found]
    return [key if isinstance(key, str) else None for key in visible_keys(tree, node)]


def _is_dict_of(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "__dict__"


def _is_harmless(tree: Tree, node: ast.expr) -> bool:
    """Whether the file shows all keys of a dict, and none of them is Python's own."""
    return not any(name is None or name.startswith("__") for name in _names(tree, node))


def _is_given_state(tree: Tree, node: ast.expr) -> bool:
    """Whether this is what ``__setstate__`` was given: what ``__getstate__`` gave is checked."""
    function = tree.function(node)
    if not isinstance(node, ast.Name) or not isinstance(function, FUNCTIONS):
        return False
    bindings = tree.bindings(node)
    given = [*function.args.posonlyargs, *function.args.args][1:2]
    if function.name != "__setstate__" or [each.node for each in bindings] != given:
        return False
    uses = (use for use in tree.nodes(ast.Name) if use.id == node.id and use is not node)
    return all(_leaves_names(tree, use) for use in uses if tree.bindings(use) == bindings)


def _is_read(tree: Tree, node: ast.expr, parent: ast.AST) -> bool:
    """Whether what is done with ``__dict__`` here leaves no other name for it behind."""
    if isinstance(parent, ast.FormattedValue | ast.Starred | ast.Expr):
        return True
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is node
    if isinstance(parent, ast.Dict):
        return any(key is None and value is node for key, value in _items(parent))
    if isinstance(parent, ast.keyword):
        return parent.arg is None
    if isinstance(parent, ast.Compare):
        parts = [parent.left, *parent.comparators]
        inside = isinstance(parent.ops[-1], ast.In | ast.NotIn) and parts[-1] is node
        return inside or all(_is_dict_of(part) for part in parts)
    if isinstance(parent, ast.BinOp):
        return all(_is_dict_of(each) or isinstance(each, ast.Dict) for each in _sides(parent))
    if isinstance(parent, ast.Lambda):
        # json.dumps(..., default=lambda value: value.__dict__) writes it out at once.
        keyword = tree.parents[parent]
        call = tree.parents[keyword]
        named = isinstance(keyword, ast.keyword) and keyword.arg == "default"
        return named and isinstance(call, ast.Call) and tree.sure_path(call.func) == "json.dumps"
    if not isinstance(parent, ast.Call) or node not in parent.args:
        return False
    copies = any(tree.is_builtin(parent.func, name) for name in _COPYING)
    return copies or tree.sure_path(parent.func) in _COPYING_PATHS


def _items(node: ast.Dict) -> list[tuple[ast.expr | None, ast.expr]]:
    return list(zip(node.keys, node.values, strict=True))


def _sides(node: ast.BinOp) -> tuple[ast.expr, ast.expr]:
    return node.left, node.right


# ------------------------------------------- SimpleNamespace, whose __dict__ is its arguments


def _check_namespace(tree: Tree, node: ast.expr, collector: Collector) -> None:
    call = tree.parents[node]
    if isinstance(call, ast.Call) and call.func is node:
        for keyword in call.keywords:
            if keyword.arg is None or keyword.arg.startswith("__"):
                what = "which attributes a SimpleNamespace is given"
                _check_unseen(tree, keyword, what, collector)
    elif not is_class_place(tree, node):
        message = "SimpleNamespace is passed on, and copies look into what it is given"
        collector.add(STATE, node, message, hint=_NAMESPACE)


def _check_init(tree: Tree, node: ast.Attribute, collector: Collector) -> None:
    """``space.__init__(**names)`` sets attributes once more."""
    inherited = isinstance(node.value, ast.Call) and tree.is_builtin(node.value.func, "super")
    call = tree.parents[node]
    for keyword in call.keywords if isinstance(call, ast.Call) and not inherited else ():
        if keyword.arg is None or keyword.arg.startswith("__"):
            _check_unseen(tree, keyword, "which attributes __init__ sets", collector)


def _check_unseen(tree: Tree, keyword: ast.keyword, what: str, collector: Collector) -> None:
    if (keyword.arg or "").startswith("__") or not _is_harmless(tree, keyword.value):
        collector.add(STATE, keyword, f"{what} cannot be seen", hint=_NAMESPACE)


def _check_descriptor(tree: Tree, node: ast.Attribute, collector: Collector) -> None:
    """A cached_property writes into ``__dict__``, under the name that it was told last."""
    if node.attr == "attrname":
        told = not isinstance(node.ctx, ast.Load) and not ownership(tree).is_own(node.value)
    else:
        call = tree.parents[node]
        told = not (
            isinstance(node.value, ast.Call)
            and isinstance(call, ast.Call)
            and all(isinstance(each, ast.Name) and _is_given(tree, each) for each in call.args)
        )
    if told:
        collector.add(STATE, node, "the name under which a value is kept is changed", hint=_SET)


def _is_given(tree: Tree, node: ast.Name) -> bool:
    return [binding.kind for binding in tree.bindings(node)] == ["param"]


_NAMESPACE = "write the names out, x=1, or use a dict or a dataclass"

# ------------------------------------------------------------------------ __getstate__


def _check_getstate(tree: Tree, function: ast.FunctionDef, collector: Collector) -> None:
    """What a copy is given as its ``__dict__`` has names that the file shows."""
    for node in tree.nodes(ast.Return):
        given = node.value if tree.function(node) is function else None
        if given is not None and not _is_visible_state(tree, given):
            message = "which attributes a copy is given cannot be seen"
            collector.add(STATE, node, message, hint=_STATE_HINT)


_STATE_HINT = "return dict(self.__dict__), or a dict with constant keys"


def _is_visible_state(tree: Tree, node: ast.expr) -> bool:
    func = node.func if isinstance(node, ast.Call) else None
    if isinstance(func, ast.Attribute) and func.attr == "__getstate__":
        return isinstance(func.value, ast.Call) and ownership(tree).is_own(func.value)
    if not isinstance(node, ast.Name):
        return _is_harmless(tree, node)
    bindings = tree.bindings(node)
    return (
        bool(bindings)
        and all(each.value is not None and _is_visible_state(tree, each.value) for each in bindings)
        and all(
            _leaves_names(tree, use)
            for use in tree.nodes(ast.Name)
            if use.id == node.id and tree.bindings(use) == bindings
        )
    )


def _leaves_names(tree: Tree, use: ast.Name) -> bool:
    """Whether a name of the state is used to set constant names, or to read it."""
    parent = tree.parents[use]
    if isinstance(use.ctx, ast.Store):
        return isinstance(parent, ast.Assign | ast.AnnAssign)
    if isinstance(parent, ast.Subscript) and parent.value is use:
        if not isinstance(parent.ctx, ast.Store):
            return True
        names = constant_names(tree, parent.slice)
        return names is not None and not any(name.startswith("__") for name in names)
    if isinstance(parent, ast.Attribute):
        return parent.attr in _READS
    return isinstance(parent, ast.Return | ast.For | ast.comprehension | ast.Compare)
