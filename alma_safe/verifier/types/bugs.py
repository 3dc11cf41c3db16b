"""The questions that separate a bug from a style of typing, for one design.

Each answers for one message of mypy: does this really raise when the design runs?
In doubt the answer is no: what is missed here is met by the stage ``properties``.
"""

from __future__ import annotations

import ast
import builtins
import collections
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mypy.types import AnyType, Instance, get_proper_type

from alma_safe.verifier.types import shape
from alma_safe.verifier.types.awaits import forgotten
from alma_safe.verifier.types.context import Context, Span, last_name, span

if TYPE_CHECKING:
    from mypy.build import BuildResult
    from mypy.nodes import TypeInfo
    from mypy.types import Type

_GIVEN = frozenset(
    {"Basic_Recorder", "MemoStructure", "Sub_memo_layer", "Agent", "Embedding", "Chroma",
     "Document"}
)  # fmt: skip
# mypy falls back to these when the items of a literal differ or a type is unknown.
_MADE = re.compile(r"\s*(\w+)\s*(?::[^=]*)?=")
_VAGUE = re.compile(
    r"^(object|Any|Never|<.*>|overloaded function|function|Callable\b.*|def .*|"
    r"(Sequence|Collection|Iterable|Iterator|Mapping|MutableMapping|MutableSequence|"
    r"Container|Sized|Hashable|Reversible|Generator|type|Type|_\w+|Supports\w*)\b.*)$"
)
_BUILTIN_TYPES = (
    dict, list, set, frozenset, str, bytes, tuple, int, float, complex, bool,
    collections.deque, collections.Counter, collections.defaultdict, collections.OrderedDict,
)  # fmt: skip
_BUILTIN_NAMES = frozenset(kind.__name__ for kind in _BUILTIN_TYPES)
_DISPLAYS = (
    ast.Constant, ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp,
    ast.DictComp, ast.SetComp,
)  # fmt: skip
_CONFLICTING = frozenset({"assignment", "arg-type", "dict-item", "list-item", "var-annotated"})
_MUTATORS = frozenset(
    {"append", "extend", "insert", "remove", "sort", "reverse", "clear", "update", "add",
     "discard", "appendleft", "extendleft", "rotate"}
)  # fmt: skip


class Bugs:
    """Knows the source, mypy's tree and all messages of one design."""

    def __init__(self, text: str, observed: list[dict[str, Any]], result: BuildResult) -> None:
        self._text = text
        self._observed = observed
        self._result = result
        self._tree = result.files["design"]
        self._classes = shape.design_classes(self._tree)
        self._methods = [method for method, _, _ in shape.methods(self._classes)]

    @cached_property
    def context(self) -> Context:
        """The source, parsed on first use."""
        return Context(self._text)

    def shape_faults(self) -> Iterator[dict[str, Any]]:
        """Yield where a class does not have the shape of the contract."""
        return shape.violations(self._classes)

    def forgotten_awaits(self) -> Iterator[dict[str, Any]]:
        """Yield coroutines used as values that mypy has no message for."""
        return forgotten(self._result, lambda: self.context)

    # -- names and attributes ---------------------------------------------------------

    def name_is_needed(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether Python evaluates the unknown name at all."""
        return self.context.evaluates(match["name"].partition(".")[0], entry["line"])

    def not_guarded(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether no handler is waiting for the missing name of a module."""
        node = self.context.node(entry)
        return node is None or not self.context.catches(node, "AttributeError")

    def attribute_is_missing(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether the object can really not have that attribute."""
        kind, name = match["type"], match["name"]
        base = base_name(kind)
        if base not in self._own and _VAGUE.match(kind):
            return False
        node = self.context.node(entry)
        # Of a missing __enter__ or __iter__ the place is the object itself.
        spelt = isinstance(node, ast.Attribute) and node.attr == name
        target = node.value if isinstance(node, ast.Attribute) and spelt else node
        if node is not None and self.context.catches(node, "AttributeError"):
            return False
        if base in self._own:
            return self._own_attribute_is_missing(base, name, node)
        return self._certain(target)

    def _own_attribute_is_missing(self, base: str, name: str, node: ast.expr | None) -> bool:
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            return False
        if name in self.context.loose_attributes or self.context.dynamic:
            return False
        if base in self._half_seen:
            return False
        return not any(heir.get(name) for heir in self._heirs(base))

    @cached_property
    def _half_seen(self) -> frozenset[str]:
        """Classes whose names mypy says it cannot make out, as of Enum("Kind", KINDS)."""
        told = {
            entry["line"]
            for entry in self._observed
            if entry["code"] == "misc" and "literal" in entry["message"]
        }
        lines = self._text.splitlines()
        made = (_MADE.match(lines[line - 1]) for line in told if 0 < line <= len(lines))
        return frozenset(match[1] for match in made if match)

    def is_plain_class(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether a class of the design or the contract is indexed that cannot be."""
        return base_name(match["type"]) in self._own

    def is_stable_value(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether what is called is a value that is never anything else."""
        kind = match["type"]
        if _VAGUE.match(kind) or " | " in kind:
            return False
        node = self.context.node(entry)
        target = node.func if isinstance(node, ast.Call) else node
        return target is not None and self._certain(target)

    def super_is_known(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether ``super()`` can only be the class that mypy looked at."""
        return not self.context.mixes and not self.context.dynamic

    @cached_property
    def _own(self) -> frozenset[str]:
        return _GIVEN | {info.name for info in self._classes}

    def _heirs(self, name: str) -> list[TypeInfo]:
        """Classes of the design whose objects may stand where a ``name`` is expected."""
        return [
            info for info in self._classes if any(ancestor.name == name for ancestor in info.mro)
        ]

    def _certain(self, target: ast.expr | None) -> bool:
        """Whether the type of ``target`` follows from values and not from annotations.

        An annotation may be loose, a variable may be bound again to something that mypy
        knows nothing of: then the type proves no bug.
        """
        if isinstance(target, _DISPLAYS):
            return True
        if isinstance(target, ast.Call):
            function = target.func
            if isinstance(function, ast.Name):
                return function.id in _BUILTIN_NAMES and function.id in self._builtins
            return isinstance(function, ast.Attribute) and self._certain(function.value)
        if not isinstance(target, ast.Name | ast.Attribute):
            return False
        if isinstance(target, ast.Attribute) and self._type_name(target.value) in _GIVEN:
            return True
        if isinstance(target, ast.Name) and target.id in self.context.callables:
            return True
        values = self.context.assignments.get(ast.unparse(target), [])
        return bool(values) and all(self._is_known(value) for value in values)

    def _is_known(self, value: ast.expr | None) -> bool:
        if value is None or value.lineno in self._conflicts:
            return False
        kind = self._types.get(span(value))
        return kind is not None and not isinstance(get_proper_type(kind), AnyType)

    @cached_property
    def _conflicts(self) -> frozenset[int]:
        """Lines where a value does not fit what its target was declared or bound to."""
        return frozenset(entry["line"] for entry in self._observed if entry["code"] in _CONFLICTING)

    @cached_property
    def _types(self) -> Mapping[Span, Type]:
        return {
            (item.line, item.column, item.end_line or 0, item.end_column or 0): kind
            for item, kind in self._result.types.items()
        }

    def _type_name(self, node: ast.expr) -> str:
        kind = get_proper_type(self._types.get(span(node)))
        return kind.type.name if isinstance(kind, Instance) else ""

    @cached_property
    def _builtins(self) -> frozenset[str]:
        """Builtin names that the design does not bind itself."""
        return frozenset(dir(builtins)) - set(self.context.assignments) - set(self.context.classes)

    def public_names(self, kind: str) -> list[str]:
        """Return what the design's or the contract's class ``kind`` offers, inherited too."""
        base = base_name(kind)
        info = next((item for item in self._known_classes if item.name == base), None)
        if info is None:
            return []
        names = {name for ancestor in info.mro[:-1] for name in ancestor.names}
        return sorted(name for name in names if not name.startswith("_"))

    @cached_property
    def _known_classes(self) -> list[TypeInfo]:
        files = self._result.files
        given = ("alma_safe.contract", "utils.hire_agent", "langchain_chroma")
        trees = [files[name] for name in given if name in files]
        return [*self._classes, *(item for tree in trees for item in shape.design_classes(tree))]

    # -- calls ------------------------------------------------------------------------

    def call_is_direct(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether exactly the function that mypy looked at will be called."""
        message = entry["message"]
        if message.endswith('of "object"'):
            return False
        node = self.context.node(entry)
        call = node if isinstance(node, ast.Call) else None
        if call is None:
            return True
        if _is_super(call.func):
            return not self.context.mixes
        if isinstance(call.func, ast.Name):
            return call.func.id in self.context.callables or call.func.id in self._builtins
        owner = re.search(r'"(?P<method>\w+)" of "(?P<type>\w+)', message)
        if owner and self._overridden_below(owner["type"], owner["method"]):
            return False
        return isinstance(call.func, ast.Attribute)

    def _overridden_below(self, name: str, method: str) -> bool:
        return any(info.name != name and method in info.names for info in self._heirs(name))

    def awaits_a_plain_value(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether what is awaited can never be a coroutine."""
        actual = re.search(r'actual type "(.+?)", expected', entry["message"])
        kind = actual[1] if actual else ""
        return not re.search(r"\b(Any|object|Awaitable|Coroutine|Future|Task)\b", kind)

    def nothing_kept(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether the None of a mutating method is kept as if it were a result."""
        if match["name"] not in _MUTATORS or match["type"] not in _BUILTIN_NAMES:
            return False
        node = self.context.node(entry)
        if node is None:
            return False
        around = self.context.parents.get(node)
        if isinstance(around, ast.Call):
            node, around = around, self.context.parents.get(around)
        if isinstance(around, ast.Assign | ast.AnnAssign):
            return around.value is node
        return isinstance(around, ast.For) and around.iter is node

    # -- results ----------------------------------------------------------------------

    def in_retrieve(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether the place is in the design's ``general_retrieve``."""
        return self._inside(entry["line"], shape.RETRIEVES)

    def in_update(self, entry: Mapping[str, Any], match: re.Match[str]) -> bool:
        """Whether the place is in the design's ``general_update``."""
        return self._inside(entry["line"], shape.UPDATES)

    def method_at(self, line: int) -> str:
        """Return the name of the contract method that holds ``line``, or an empty string."""
        return next((m.name for m in self._methods if m.first <= line <= m.last), "")

    def _inside(self, line: int, name: str) -> bool:
        for method in self._methods:
            if method.name == name and method.first <= line <= method.last:
                return not self._in_inner_function(line, method.first)
        return False

    def _in_inner_function(self, line: int, first: int) -> bool:
        return any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            and node.lineno > first
            and node.lineno <= line <= (node.end_lineno or node.lineno)
            for node in self.context.parents
        )


def base_name(kind: str) -> str:
    """Return ``Foo`` for ``Foo``, ``Foo[int]``, ``mod.Foo`` and ``type[Foo]``."""
    inner = re.fullmatch(r"(?:type|Type)\[(.+)\]", kind)
    name = re.split(r"[\[<(]", inner[1] if inner else kind, maxsplit=1)[0]
    return name.rpartition(".")[2]


def _is_super(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and last_name(function.value.func) == "super"
    )
