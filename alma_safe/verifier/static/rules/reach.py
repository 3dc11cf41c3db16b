"""S3xx, continued: ordinary calls that hand out what the attribute rules keep away.

Each of these looks a name up by itself, evaluates a text, or copies attributes whole:
what they may be applied to has to be seen in the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.caught import is_error, may_be_held
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.ownership import ownership
from alma_safe.verifier.static.places import is_looked_at, is_named
from alma_safe.verifier.static.rules.state import STATE
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

CONSTRUCTOR = Rule(
    id="S309",
    stage="static",
    title="class of an object used as a class of your own",
    reason="type(x)(...) makes an object of whatever class x has, a file or a socket included; "
    "what is set on type(x) changes it for every design.",
    remedy="Name the class: Entry(...); in a method, type(self)(...) is admitted.",
)
ANNOTATIONS = Rule(
    id="S311",
    stage="static",
    title="annotations used as more than data",
    reason="dataclass and singledispatch turn annotations into code that is run.",
    remedy="Write annotations in the class body, and field(...) there alone, in a class under "
    "@dataclass; read them by cls.__annotations__.items(), or use dataclasses.asdict.",
)
REGISTER = Rule(
    id="S312",
    stage="static",
    title="dispatch on a class that cannot be seen",
    reason="register evaluates the annotations of what it is given, texts in them as code.",
    remedy="Name the class: @function.register(int), or annotate with a plain class. If it is a "
    "registry of your own, call its method add.",
)
WRAPS = Rule(
    id="S313",
    stage="static",
    title="functools.wraps other than as a decorator",
    reason="It copies attributes by names that it is given, and whole dictionaries of attributes.",
    remedy="Write @functools.wraps(function) above the wrapper.",
)
CARRIED = Rule(
    id="S315",
    stage="static",
    title="object carried by an error",
    reason="An AttributeError holds the object that lacks the attribute, whatever it is.",
    remedy="Use str(error), error.args or type(error).__name__; in an error class of your own "
    "call the field value.",
)

RULES = (CONSTRUCTOR, ANNOTATIONS, REGISTER, WRAPS, CARRIED)

_PLAIN = (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple)
_FIELD, _DATACLASS = "dataclasses.field", "dataclasses.dataclass"
_READERS = frozenset({"items", "keys", "values", "get", "copy"})
_READING = frozenset({"len", "list", "dict", "tuple", "set", "sorted", "iter", "enumerate", "str"})
_UNCHANGED = frozenset({"classmethod", "staticmethod", "abc.abstractmethod"})


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    for node in tree.nodes(ast.Attribute):
        if node.attr == "__annotations__":
            _check_annotations(tree, node, collector)
        elif node.attr == "register":
            _check_register(tree, node, collector)
        elif node.attr == "obj":
            _check_error(tree, node, collector)
        elif node.attr == "__class__" and isinstance(node.ctx, ast.Load):
            _check_handed_on(tree, node, collector)
        elif tree.is_builtin(node.value, "type"):
            _check_type_method(tree, node, collector)
        if not isinstance(node.ctx, ast.Load) and _is_class_of(tree, node.value):
            _check_class_of(tree, node.value, collector)
        if tree.path(node) is not None:
            _check_path(tree, node, collector)
    imported = tree.imported
    for node in tree.nodes(ast.Name):
        if node.id in imported and isinstance(node.ctx, ast.Load):
            _check_path(tree, node, collector)
        if node.id == "__annotations__":
            collector.add(ANNOTATIONS, node, "__annotations__ is used by its bare name")
    for node in tree.nodes(ast.Call):
        if _is_class_of(tree, node.func):
            _check_class_of(tree, node.func, collector)
        asked = len(node.args) == 1 and not isinstance(node.args[0], _PLAIN)
        if asked and tree.is_builtin(node.func, "type"):
            _check_handed_on(tree, node, collector)
        if (
            isinstance(node.func, ast.Name)
            and node.func.id in ("setattr", "delattr")
            and node.args
            and _is_class_of(tree, node.args[0])
        ):
            _check_class_of(tree, node.args[0], collector)
    for node in tree.nodes(ast.ClassDef):
        _check_dataclass(tree, node, collector)
    if "dataclasses" in tree.packages:
        _check_fields(tree, collector)


def _check_path(tree: Tree, node: ast.expr, collector: Collector) -> None:
    path = tree.path(node)
    if path == "functools.wraps":
        _check_wraps(tree, node, collector)
    elif path == "warnings.catch_warnings":
        call = tree.parents[node]
        if not isinstance(call, ast.Call) or not isinstance(tree.parents[call], ast.withitem):
            collector.add(STATE, node, "catch_warnings is kept as an object, which holds a module")


# ------------------------------------------------------------------- classes of objects


def _is_class_of(tree: Tree, node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "__class__"
    if isinstance(node, ast.Name):
        values = [b.value for b in tree.bindings(node) if b.kind == "value"]
        return any(
            value is not None and not isinstance(value, ast.Name) and _is_class_of(tree, value)
            for value in values
        )
    if isinstance(node, ast.Call) and tree.path(node.func) == "typing.cast" and len(node.args) == 2:
        return _is_class_of(tree, node.args[1])
    return isinstance(node, ast.Call) and tree.is_builtin(node.func, "type") and bool(node.args)


def _check_class_of(tree: Tree, node: ast.expr, collector: Collector) -> None:
    """``type(x)`` is called or changed: x has to be an object of the design's own."""
    own = ownership(tree)
    nodes = [node]
    if isinstance(node, ast.Name):
        nodes = [b.value for b in tree.bindings(node) if b.kind == "value" and b.value is not None]
    for found in nodes:
        if isinstance(found, ast.Call):
            subject = found.args[-1]
            if tree.path(found.func) == "typing.cast":
                _check_class_of(tree, subject, collector)
                continue
        else:
            subject = found
        if isinstance(found, ast.Attribute):
            subject = found.value
        if own.is_instance_receiver(subject):
            continue
        # A class is its own object too: type(Entry) is what makes classes.
        is_class = isinstance(subject, ast.Name) and any(
            b.kind == "class" for b in tree.bindings(subject)
        )
        if is_class or own.owner(subject) is not None or not own.is_own(subject):
            collector.add(CONSTRUCTOR, node, "the class of an object is called or changed")
            return


def _check_handed_on(tree: Tree, node: ast.expr, collector: Collector) -> None:
    """Where the class of an object goes: if x is a class itself, ``type(x)`` makes classes."""
    if not is_looked_at(tree, node):
        if not is_named(tree, node):
            collector.add(CONSTRUCTOR, node, "the class of an object is stored or handed on")
            return
        _check_named(tree, tree.parents[node], collector)


def _check_named(tree: Tree, assignment: ast.AST, collector: Collector) -> None:
    targets = getattr(assignment, "targets", None) or [getattr(assignment, "target", None)]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    for use in tree.nodes(ast.Name):
        if (
            use.id in names
            and isinstance(use.ctx, ast.Load)
            and not is_looked_at(tree, use)
            and any(binding.node in targets for binding in tree.bindings(use))
        ):
            collector.add(CONSTRUCTOR, use, "the class of an object is stored or handed on")


def _check_type_method(tree: Tree, node: ast.Attribute, collector: Collector) -> None:
    if node.attr in ("__name__", "__qualname__", "__doc__"):
        return
    parent = tree.parents[node]
    first = parent.args[0] if isinstance(parent, ast.Call) and parent.args else None
    # A metaclass hands its own arguments on.
    if first is None or ownership(tree).owner(first) is None:
        collector.add(CONSTRUCTOR, node, f"type.{shown(node.attr)} is used")


# ------------------------------------------------------------------------- annotations


def _check_annotations(tree: Tree, node: ast.Attribute, collector: Collector) -> None:
    parent = tree.parents[node]
    if isinstance(parent, ast.Attribute) and parent.attr in _READERS:
        return
    if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Load):
        return
    if isinstance(parent, ast.For | ast.comprehension | ast.Compare):
        return
    func = parent.func if isinstance(parent, ast.Call) else None
    if isinstance(func, ast.Name) and func.id in _READING and not tree.bindings(func):
        return
    collector.add(ANNOTATIONS, node, "__annotations__ is changed or passed on")


# ------------------------------------------------------------------ fields of dataclasses


def _check_fields(tree: Tree, collector: Collector) -> None:
    """A field at hand could be renamed: a dataclass that derives runs the names as code."""
    for node in (*tree.nodes(ast.Name), *tree.nodes(ast.Attribute)):
        if tree.path(node) != _FIELD or not isinstance(node.ctx, ast.Load):
            continue
        call = tree.parents[node]
        place = tree.parents[call] if isinstance(call, ast.Call) and call.func is node else None
        if not isinstance(place, ast.AnnAssign) or not _is_plain_field(tree, place):
            collector.add(ANNOTATIONS, node, "field(...) is not just the default of a dataclass")


def _is_plain_field(tree: Tree, field: ast.AnnAssign) -> bool:
    """Whether nothing but the dataclass, which takes it away, gets hold of a field."""
    owner = tree.parents[field]
    if not isinstance(owner, ast.ClassDef) or not isinstance(field.target, ast.Name):
        return False
    made = {tree.sure_path(each.func if isinstance(each, ast.Call) else each)
            for each in owner.decorator_list[-1:]}  # fmt: skip
    return made == {_DATACLASS} and not any(
        isinstance(inner, ast.Name)
        and inner.id == field.target.id
        and isinstance(inner.ctx, ast.Load)
        for part in owner.body
        for inner in _run_with(part)
    )


def _run_with(statement: ast.stmt) -> Iterator[ast.AST]:
    """All of a statement of a class body that is evaluated with it, defaults included."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from ast.walk(statement)
        return
    arguments = statement.args
    for part in (*statement.decorator_list, *arguments.defaults, *arguments.kw_defaults):
        if part is not None:
            yield from ast.walk(part)


# --------------------------------------------------------------------- register and wraps


def _check_register(tree: Tree, node: ast.Attribute, collector: Collector) -> None:
    own = ownership(tree)
    if own.is_own(node.value) or _is_imported_class(tree, node.value) or _defines(tree, node):
        return
    parent = tree.parents[node]
    if isinstance(parent, ast.Call) and parent.func is node:
        first = parent.args[0] if parent.args else None
        if first is not None and _is_visible_class(tree, first):
            return
    elif isinstance(parent, FUNCTIONS) and node in parent.decorator_list:
        below = parent.decorator_list[parent.decorator_list.index(node) + 1 :]
        plain = all(isinstance(d, ast.Name) and d.id in _UNCHANGED for d in below)
        if plain and all(_is_visible_class(tree, hint) for hint in _hints(parent)):
            return
    collector.add(REGISTER, node, "what is registered here cannot be seen in the file")


def _defines(tree: Tree, node: ast.Attribute) -> bool:
    """Whether no dispatcher is made in this file, so that ``register`` is the design's own."""
    made = ("functools.singledispatch", "functools.singledispatchmethod")
    uses = [*tree.nodes(ast.Name), *tree.nodes(ast.Attribute)]
    dispatch = tree.derived.get("dispatch")
    if dispatch is None:
        dispatch = tree.derived["dispatch"] = any(tree.path(use) in made for use in uses)
    return not dispatch and node.attr == "register"


def _is_imported_class(tree: Tree, node: ast.expr) -> bool:
    return (tree.sure_path(node) or "").startswith(("collections.abc.", "numbers."))


def _hints(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    arguments = function.args
    for argument in (
        *arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs,
        *filter(None, (arguments.vararg, arguments.kwarg)),
    ):  # fmt: skip
        if argument.annotation is not None:
            yield argument.annotation
    if function.returns is not None:
        yield function.returns


def _is_visible_class(tree: Tree, node: ast.expr) -> bool:
    """Whether evaluating ``node`` gives a class and runs no text."""
    if isinstance(node, ast.Constant):
        return node.value is None
    if isinstance(node, ast.BinOp):
        return _is_visible_class(tree, node.left) and _is_visible_class(tree, node.right)
    if isinstance(node, ast.Subscript):
        return _is_visible_class(tree, node.value) and _is_visible_class(tree, node.slice)
    if isinstance(node, ast.Tuple | ast.List):
        return all(_is_visible_class(tree, item) for item in node.elts)
    if isinstance(node, ast.Call):
        return tree.is_builtin(node.func, "type") and len(node.args) == 1
    if tree.sure_path(node) is not None:
        return True
    if not isinstance(node, ast.Name):
        return False
    return all(binding.kind == "class" for binding in tree.bindings(node))


def _check_wraps(tree: Tree, node: ast.expr, collector: Collector) -> None:
    call = tree.parents[node]
    if isinstance(call, ast.Call) and call.func is node:
        plain = len(call.args) == 1 and not call.keywords
        above = tree.parents[call]
        if plain and not isinstance(call.args[0], ast.Starred):
            if isinstance(above, FUNCTIONS) and call in above.decorator_list:
                return
            if isinstance(above, ast.Call) and above.func is call and _is_function(tree, above):
                return
    collector.add(WRAPS, node, "wraps is more than a decorator of one argument here")


def _is_function(tree: Tree, call: ast.Call) -> bool:
    name = call.args[0] if len(call.args) == 1 and not call.keywords else None
    return isinstance(name, ast.Name) and all(b.kind == "def" for b in tree.bindings(name))


# ------------------------------------------------------------- errors and dataclasses


def _check_error(tree: Tree, node: ast.Attribute, collector: Collector) -> None:
    """``error.obj`` is what an attribute was looked for on, a format field's walk included."""
    if is_error(tree, node.value):
        collector.add(CARRIED, node, "the object that an AttributeError carries")
    elif (
        isinstance(node.ctx, ast.Load)
        and not ownership(tree).is_own(node.value)
        and may_be_held(tree)
    ):
        message = "this may be an error, which the file lets out of its sight elsewhere"
        collector.add(CARRIED, node, message)


def _check_dataclass(tree: Tree, node: ast.ClassDef, collector: Collector) -> None:
    """``asdict`` reads what the names of the fields say, and these can be changed."""
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if tree.path(target) == "dataclasses.dataclass" and ownership(tree).is_foreign(node):
            collector.add(STATE, decorator, "a dataclass derived from a class of a library")
