"""Which objects are the design's own, so that a guarded name on them leads nowhere.

That the file defines the name somewhere says nothing: a class made for cover would admit
it on every object of a library. What counts is the object that it is read from.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from alma_safe.verifier.static.carriers import carried
from alma_safe.verifier.static.caught import may_be_held
from alma_safe.verifier.static.setting import hands_self_on, is_set_on_own
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree
from alma_safe.verifier.static.unbound import makes_classes, named_on_classes, unbound_methods
from alma_safe.verifier.static.values import attribute_values

_HOPS = 4
_BUILTIN_BASES = frozenset(
    {"object", "dict", "list", "set", "frozenset", "tuple", "str", "bytes", "int", "float"}
)
_BASES = frozenset(
    {
        "abc.ABC", "typing.Generic", "typing.Protocol", "typing.NamedTuple", "typing.TypedDict",
        "typing_extensions.Generic", "typing_extensions.Protocol", "typing_extensions.NamedTuple",
        "typing_extensions.TypedDict", "collections.UserDict", "collections.UserList",
        "collections.OrderedDict", "collections.defaultdict", "collections.Counter",
        "enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag",
        "contextlib.AbstractContextManager", "contextlib.AbstractAsyncContextManager",
        "utils.hire_agent.Agent", "utils.hire_agent.Embedding",
        *(
            f"{module}.{name}"
            for module in ("collections.abc", "typing")
            for name in (
                "Collection", "Container", "Hashable", "Iterable", "Iterator", "Mapping",
                "MutableMapping", "MutableSequence", "MutableSet", "Reversible", "Sequence",
                "Set", "Sized",
            )
        ),
    }
)  # fmt: skip
_DECORATORS = frozenset(
    {
        "dataclasses.dataclass", "functools.total_ordering", "enum.unique", "typing.final",
        "typing.runtime_checkable", "typing_extensions.final",
    }
)  # fmt: skip
_METHOD_DECORATORS = frozenset(
    {
        "functools.cached_property", "abc.abstractmethod", "typing.override", "typing.final",
        "typing_extensions.override", "typing_extensions.final",
    }
)  # fmt: skip
_MANAGERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
_CONTRACT = ("alma_safe.contract.", "agents.memo_structure.", "eval_envs.base_envs.")


# Public by its spelling only: what an AttributeError was raised on.
CARRIED = frozenset({"obj"})
_PUBLISHED = frozenset(
    {
        "_asdict", "_replace", "_fields", "_make", "_field_defaults", "_value_", "_name_",
        "_missing_", "_generate_next_value_", "_value2member_map_", "_member_map_",
        "_member_names_", "_lock", "_ignore_", "_order_", "_collection",
    }
)  # fmt: skip


def is_private(name: str) -> bool:
    """Whether a name begins like a private one and is none of Python's own."""
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def ownership(tree: Tree) -> Ownership:
    """The ownership of this file, found out once."""
    found = tree.derived.get("ownership")
    if not isinstance(found, Ownership):
        found = tree.derived["ownership"] = Ownership(tree)
    return found


class Ownership:
    """The classes of one file that have no base in a library."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._classes: list[ast.ClassDef] = tree.nodes(ast.ClassDef)
        self._bases = {node: self._bases_of(node) for node in self._classes}
        wild = {
            node
            for node, bases in self._bases.items()
            if bases is None or not self._makes_plain_objects(node)
        }
        # A mixin is as foreign as what it is mixed with, and so is what derives from it.
        grown = True
        while grown:
            grown = False
            for node, bases in self._bases.items():
                family = {node, *(bases or ())}
                if family & wild and not family <= wild:
                    wild |= family
                    grown = True
        self._tame = frozenset(self._classes) - wild
        self._loose: frozenset[str] | None = None
        self._names: frozenset[str] | None = None
        self._on_classes: frozenset[str] | None = None

    @property
    def names(self) -> frozenset[str]:
        """Names of the methods, fields and attributes that the design defines itself."""
        if self._names is None:
            self._names = _own_names(self._tree, self.is_self)
        return self._names

    def is_foreign_private(self, name: str) -> bool:
        """Whether ``name`` is private and neither of the file nor published by a library."""
        listed = is_private(name) or name in CARRIED
        return listed and name not in _PUBLISHED and name not in self.names

    def is_hidden(self, name: str, settings: Settings) -> bool:
        """Whether ``name`` may be looked up by a text or a pattern on own objects only."""
        return (
            name in carried(self._tree, settings.guarded_attributes)
            or name == "register"
            or self.is_foreign_private(name)
            or (name in CARRIED and may_be_held(self._tree))
        )

    def is_tame(self, node: ast.ClassDef) -> bool:
        """Whether nothing that ``node`` derives from, or is mixed with, is of a library."""
        return node in self._tame

    def owner(self, node: ast.expr) -> ast.ClassDef | None:
        """The class whose method's receiver (``self``) this name is."""
        found = self._method(node)
        return found[0] if found else None

    def is_instance_receiver(self, node: ast.expr) -> bool:
        """Whether this is ``self`` of an ordinary method, in a class that makes no classes."""
        found = self._method(node)
        if found is None or found[0] not in self._tame:
            return False
        return not makes_classes(found[1])

    def is_own(self, node: ast.expr, hops: int = 0) -> bool:
        """Whether the file shows that ``node`` is an object of one of its own classes."""
        if hops > _HOPS:
            return False
        if isinstance(node, ast.Call):
            if self._tree.is_builtin(node.func, "super"):
                owner = self._around(node)
                return owner is not None and owner in self._tame
            return self._is_own_class(node.func) or self._is_own_cls(node.func)
        # What an attribute holds can be set in ways that no assignment shows.
        return isinstance(node, ast.Name) and self._is_own_name(node, hops)

    def is_self(self, node: ast.expr) -> bool:
        """Whether this is ``self`` or ``cls`` of a method that no class is asked for by name."""
        found = self._method(node)
        return (
            found is not None
            and found[1].name not in self._named_on_classes()
            and all(map(self._keeps_self, found[1].decorator_list))
        )

    def may_set_private(self, node: ast.expr) -> bool:
        """Whether a private attribute may be set on ``node``: it is the design's own."""
        return is_set_on_own(self._tree, node, self.is_own, self.is_self)

    def is_own_object(self, node: ast.expr) -> bool:
        """Whether the file shows that ``node`` is an instance of an own class, and no class."""
        return self.is_own(node) and self._is_instance(node)

    def is_foreign(self, node: ast.ClassDef) -> bool:
        """Whether a base of ``node`` is a class of a library other than a plain container."""
        return node not in self._tame and any(
            self._tree.path(base) is not None and self._tree.sure_path(base) not in _BASES
            for base in node.bases
        )

    def is_exact(self, node: ast.expr) -> bool:
        """Whether only objects of own classes are instances of the class that this names."""
        family = self._family(node)
        return bool(family) and family <= self._tame and not any(map(self._is_abstract, family))

    def is_open(self, node: ast.expr) -> bool:
        """Whether other classes may be registered with this one, and a base cannot be seen."""
        family = self._family(node)
        return not family <= self._tame and any(map(self._is_abstract, family))

    def positional(self, node: ast.expr) -> frozenset[str]:
        """Names that a class pattern with positions may read: all that the class defines."""
        inner = (self._tree.inner[found].bindings for found in self._family(node))
        return frozenset(name for bindings in inner for name in bindings)

    # ------------------------------------------------------------------------- parts

    def _family(self, node: ast.expr) -> frozenset[ast.ClassDef]:
        """The classes of the file that a name may stand for, with their bases in it."""
        todo: list[ast.AST] = []
        if isinstance(node, ast.Name):
            todo = [binding.node for binding in self._tree.bindings(node)]
        found: set[ast.ClassDef] = set()
        while todo:
            current = todo.pop()
            if isinstance(current, ast.ClassDef) and current not in found:
                found.add(current)
                for base in current.bases:
                    if isinstance(base, ast.Name):
                        todo += [binding.node for binding in self._tree.bindings(base)]
        return frozenset(found)

    def _is_abstract(self, node: ast.ClassDef) -> bool:
        """Whether the class asks others what its instances are: by register, or by their shape."""
        if any(keyword.arg in ("metaclass", None) for keyword in node.keywords):
            return True
        paths = [
            self._tree.path(base.value if isinstance(base, ast.Subscript) else base) or ""
            for base in node.bases
        ]
        return any(path.endswith((".ABC", ".Protocol")) or ".abc." in path for path in paths)

    def _bases_of(self, node: ast.ClassDef) -> list[ast.ClassDef] | None:
        """Bases in the file; None when one is of a library or cannot be seen."""
        found = []
        for base in node.bases:
            if isinstance(base, ast.Subscript):
                base = base.value
            path = self._tree.sure_path(base)
            if path is not None:
                if path not in _BASES and not path.startswith(_CONTRACT):
                    return None
                continue
            if not isinstance(base, ast.Name):
                return None
            bindings = self._tree.bindings(base)
            if not bindings:
                if base.id not in _BUILTIN_BASES and not base.id.endswith(("Error", "Exception")):
                    return None
                continue
            for binding in bindings:
                if not isinstance(binding.node, ast.ClassDef):
                    return None
                found.append(binding.node)
        return found

    def _makes_plain_objects(self, node: ast.ClassDef) -> bool:
        """Whether calling the class gives an object of it, whatever decorators and hooks do."""
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call):
                decorator = decorator.func
            if self._tree.sure_path(decorator) not in _DECORATORS:
                return False
        metaclasses = [k.value for k in node.keywords if k.arg in ("metaclass", None)]
        plain = all(self._tree.sure_path(value) == "abc.ABCMeta" for value in metaclasses)
        return plain and "__new__" not in self._tree.inner[node].bindings

    def _method(
        self, node: ast.expr
    ) -> tuple[ast.ClassDef, ast.FunctionDef | ast.AsyncFunctionDef] | None:
        if not isinstance(node, ast.Name):
            return None
        bindings = self._tree.bindings(node)
        if len(bindings) != 1 or bindings[0].kind != "param":
            return None
        for parent in self._tree.ancestors(bindings[0].node):
            if isinstance(parent, FUNCTIONS):
                above = self._tree.parents.get(parent)
                if isinstance(above, ast.ClassDef) and self._tree.receiver(parent) == node.id:
                    return above, parent
                return None
            if isinstance(parent, ast.Lambda):
                return None
        return None

    def _around(self, node: ast.AST) -> ast.ClassDef | None:
        return next((p for p in self._tree.ancestors(node) if isinstance(p, ast.ClassDef)), None)

    def _is_own_class(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Name):
            return False
        bindings = self._tree.bindings(node)
        return bool(bindings) and all(b.node in self._tame for b in bindings)

    def _is_own_cls(self, node: ast.expr) -> bool:
        """Whether this is ``cls`` of a class method: it is called on its class and those below."""
        found = self._method(node)
        return found is not None and (
            found[0] in self._tame
            and len(found[1].decorator_list) == 1
            and self._tree.is_builtin(found[1].decorator_list[0], "classmethod")
        )

    def _is_own_name(self, node: ast.Name, hops: int) -> bool:
        method = self._method(node)
        if method is not None:
            plain = all(map(self._is_plain_decorator, method[1].decorator_list))
            return plain and method[0] in self._tame and method[1].name not in self._escaped()
        if self._is_own_class(node):
            return True
        bindings = self._tree.bindings(node)
        return bool(bindings) and all(
            binding.kind == "value"
            and binding.value is not None
            and not isinstance(self._tree.parents.get(binding.node), ast.Tuple | ast.List)
            and self.is_own(binding.value, hops + 1)
            for binding in bindings
        )

    def _is_instance(self, node: ast.expr, hops: int = 0) -> bool:
        """Whether this is made by an own class, and no class: a method of it has its own self."""
        if hops > _HOPS:
            return False
        if isinstance(node, ast.Call):
            return self.is_own(node)
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Attribute):
            values = list(attribute_values(self._tree, node) or [])
        elif isinstance(node, ast.Name):
            if self.is_instance_receiver(node):
                return True
            values = [b.value if b.kind == "value" else None for b in self._tree.bindings(node)]
        return bool(values) and all(
            value is not None and self._is_instance(value, hops + 1) for value in values
        )

    def _is_plain_decorator(self, node: ast.expr) -> bool:
        """Whether the method is called on what it is named on, and on nothing else."""
        tree = self._tree
        if tree.is_builtin(node, "property") or tree.sure_path(node) in _METHOD_DECORATORS:
            return True
        if tree.sure_path(node) in _MANAGERS:
            # What it gives keeps the bare function as ``func``.
            return not _reads_func(tree)
        if not isinstance(node, ast.Attribute) or node.attr not in ("setter", "deleter"):
            return False
        # What is set is the property of that name, which is bare on its class only.
        found = (
            [b.node for b in tree.bindings(node.value)] if isinstance(node.value, ast.Name) else []
        )
        functions = [each for each in found if isinstance(each, FUNCTIONS)]
        return len(functions) == len(found) and any(
            tree.is_builtin(decorator, "property")
            for function in functions
            for decorator in function.decorator_list
        )

    def _named_on_classes(self) -> frozenset[str]:
        if self._on_classes is None:
            self._on_classes = named_on_classes(self._tree)
        return self._on_classes

    def _keeps_self(self, decorator: ast.expr) -> bool:
        """Whether what a decorator makes calls the method on the object it was named on."""
        return (
            self._tree.is_builtin(decorator, "classmethod")
            or self._is_plain_decorator(decorator)
            or hands_self_on(self._tree, decorator)
        )

    def _escaped(self) -> frozenset[str]:
        """Methods whose ``self`` may be no object of theirs."""
        if self._loose is None:
            # Meanwhile no method is taken for one that is only called on its own objects.
            self._loose = frozenset(node.name for node in self._tree.nodes(*FUNCTIONS))
            self._loose = unbound_methods(self._tree, self._is_instance)
        return self._loose


def _reads_func(tree: Tree) -> bool:
    """Whether an attribute ``func`` may be read, under whatever name."""
    return (
        any(node.attr in ("func", "__dict__") for node in tree.nodes(ast.Attribute))
        or any("func" in node.kwd_attrs for node in tree.nodes(ast.MatchClass))
        or any(node.id == "getattr" for node in tree.nodes(ast.Name))
        or "__getstate__" in tree.source
    )


def _own_names(tree: Tree, is_self: Callable[[ast.expr], bool]) -> frozenset[str]:
    """What is set on anything but ``self`` may be an attribute that a library looks at."""
    names = {node.name for node in tree.nodes(*FUNCTIONS)}
    for node in tree.nodes(ast.ClassDef):
        names.update(tree.inner[node].bindings)
    for name, places in tree.attribute_stores().items():
        private = name.startswith("_") or name in CARRIED
        if private and any(is_self(node.value) for node in places):
            names.add(name)
    return frozenset(names)
