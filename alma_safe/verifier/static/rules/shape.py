"""S85x: what the shape of a design must be, as far as names alone show it."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

NO_STRUCTURE = Rule(
    id="S851",
    stage="static",
    title="no concrete MemoStructure subclass",
    reason="A design is the one MemoStructure subclass that its file defines.",
    remedy="Define class YourMemory(MemoStructure) with async general_retrieve(self, recorder) "
    "and async general_update(self, recorder).",
)
SEVERAL = Rule(
    id="S852",
    stage="static",
    title="several concrete MemoStructure subclasses",
    reason="Which of them is the design cannot be told.",
    remedy="Keep one concrete class; make shared bases abstract with @abstractmethod.",
)
MISSING_METHOD = Rule(
    id="S853",
    stage="static",
    title="method of the contract missing",
    reason="Without both methods the class is abstract and cannot be constructed.",
    remedy="Define async def general_retrieve(self, recorder) and "
    "async def general_update(self, recorder).",
)
CONSTRUCTOR = Rule(
    id="S854",
    stage="static",
    title="constructor with required arguments",
    reason="A design is constructed without arguments.",
    remedy="Give every constructor argument and every dataclass field a default.",
)

RULES = (NO_STRUCTURE, SEVERAL, MISSING_METHOD, CONSTRUCTOR)

_ROOTS = frozenset({"agents.memo_structure.MemoStructure", "alma_safe.contract.MemoStructure"})
_METHODS = ("general_retrieve", "general_update")
_ABSTRACT = frozenset(
    {
        "abc.abstractmethod", "abc.abstractproperty", "abc.abstractclassmethod",
        "abc.abstractstaticmethod",
    }
)  # fmt: skip


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    shapes = [_Shape(tree, node) for node in tree.nodes(ast.ClassDef)]
    structures = [shape for shape in shapes if shape.is_structure]
    outer = [shape for shape in structures if shape.at_module_level]
    if not structures:
        if not any(shape.has_unknown_base and shape.defines_contract() for shape in shapes):
            collector.add(NO_STRUCTURE, (0, 0), "no class of the file derives from MemoStructure")
        return
    if len(outer) < len(structures) and not any(not shape.missing() for shape in outer):
        # Made by a function: only running it shows what comes out.
        return
    concrete = [shape for shape in outer if not shape.missing()]
    if not concrete:
        _report_missing(outer, collector)
        return
    if len(concrete) > 1:
        names = ", ".join(shown(shape.node.name) for shape in concrete)
        collector.add(SEVERAL, concrete[1].node, f"{len(concrete)} concrete classes: {names}")
    for shape in concrete:
        required = shape.required_arguments()
        if required:
            node, arguments = required
            listed = ", ".join(shown(name) for name in arguments[:6])
            message = f"{shown(shape.node.name)} cannot be constructed: __init__ requires {listed}"
            collector.add(CONSTRUCTOR, node, message)


def _report_missing(structures: list[_Shape], collector: Collector) -> None:
    shape = structures[-1]
    for name in shape.missing():
        near = difflib.get_close_matches(name, shape.all_names(), n=1, cutoff=0.75)
        message = f"{shown(shape.node.name)} does not define {shown(name)}"
        if near:
            message += f", but {shown(near[0])}"
        collector.add(MISSING_METHOD, shape.node, message)


class _Shape:
    """One class with its bases inside the file, most derived first."""

    def __init__(self, tree: Tree, node: ast.ClassDef) -> None:
        self.tree = tree
        self.node = node
        self.has_unknown_base = False
        self.is_structure = False
        self.line = [node]
        self._follow(node)
        self.at_module_level = tree.scopes[node].kind == "module"

    def _follow(self, node: ast.ClassDef) -> None:
        todo = [node]
        while todo and len(self.line) < 50:
            current = todo.pop(0)
            for base in current.bases:
                if isinstance(base, ast.Subscript):
                    base = base.value
                path = self.tree.path(base)
                if path is not None:
                    self.is_structure = self.is_structure or path in _ROOTS
                    continue
                found = list(self._classes(base))
                self.has_unknown_base = self.has_unknown_base or not found
                for other in found:
                    if other not in self.line:
                        self.line.append(other)
                        todo.append(other)

    def _classes(self, base: ast.expr) -> Iterator[ast.ClassDef]:
        if isinstance(base, ast.Name):
            for binding in self.tree.bindings(base):
                if isinstance(binding.node, ast.ClassDef):
                    yield binding.node
                elif isinstance(binding.value, ast.Name) and binding.value.id != base.id:
                    # ``Base = MemoStructure`` or another name for a class of the file.
                    if self.tree.path(binding.value) in _ROOTS:
                        self.is_structure = True
                    yield from self._classes(binding.value)

    def all_names(self) -> list[str]:
        """Names defined in the class and its bases in the file."""
        return [name for node in self.line for name in self.tree.inner[node].bindings]

    def defines_contract(self) -> bool:
        """Whether both methods of the contract are there."""
        return all(name in self.all_names() for name in _METHODS)

    def missing(self) -> list[str]:
        """Abstract methods that nothing in the file overrides."""
        names = self.all_names()
        missing = [name for name in _METHODS if name not in names and not self._dynamic()]
        for position, node in enumerate(self.line):
            for name, bindings in self.tree.inner[node].bindings.items():
                if not any(self._is_abstract(binding.node) for binding in bindings):
                    continue
                below = self.line[:position]
                if not any(name in self.tree.inner[other].bindings for other in below):
                    missing.append(name)
        return list(dict.fromkeys(missing))

    def _dynamic(self) -> bool:
        return self.has_unknown_base

    def _is_abstract(self, node: ast.AST) -> bool:
        return isinstance(node, FUNCTIONS) and any(
            (self.tree.path(decorator) or "") in _ABSTRACT for decorator in node.decorator_list
        )

    def required_arguments(self) -> tuple[ast.AST, list[str]] | None:
        """The nearest constructor's arguments without defaults, and where it is."""
        for node in self.line:
            for binding in self.tree.inner[node].bindings.get("__init__", ()):
                if isinstance(binding.node, FUNCTIONS):
                    names = _required(binding.node)
                    return (binding.node, names) if names else None
                return None
            if self._is_dataclass(node):
                names = [name for other in reversed(self.line) for name in self._fields(other)]
                return (node, names) if names else None
        return None

    def _is_dataclass(self, node: ast.ClassDef) -> bool:
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            target = call.func if call else decorator
            if self.tree.path(target) == "dataclasses.dataclass":
                keywords = call.keywords if call else []
                return not any(
                    keyword.arg == "init"
                    and isinstance(keyword.value, ast.Constant)
                    and keyword.value.value is False
                    for keyword in keywords
                )
        return False

    def _fields(self, node: ast.ClassDef) -> Iterator[str]:
        """Dataclass fields that have no default and take part in ``__init__``."""
        if not any(
            (self.tree.path(d.func if isinstance(d, ast.Call) else d) or "").endswith("dataclass")
            for d in node.decorator_list
        ):
            return
        for statement in node.body:
            if not isinstance(statement, ast.AnnAssign) or statement.value is not None:
                if isinstance(statement, ast.AnnAssign) and self._is_bare_field(statement.value):
                    yield getattr(statement.target, "id", "")
                continue
            annotation = ast.unparse(statement.annotation)
            if "ClassVar" in annotation or "KW_ONLY" in annotation:
                continue
            name = getattr(statement.target, "id", "")
            if not self._has_default_below(node, name):
                yield name

    def _has_default_below(self, node: ast.ClassDef, name: str) -> bool:
        """Whether a class derived from ``node`` gives the field a default."""
        for other in self.line[: self.line.index(node)]:
            for binding in self.tree.inner[other].bindings.get(name, ()):
                if binding.value is not None:
                    return True
        return False

    def _is_bare_field(self, value: ast.expr | None) -> bool:
        if not isinstance(value, ast.Call) or self.tree.path(value.func) != "dataclasses.field":
            return False
        for keyword in value.keywords:
            if keyword.arg in ("default", "default_factory", None):
                return False
            value_node = keyword.value
            if (
                keyword.arg == "init"
                and isinstance(value_node, ast.Constant)
                and value_node.value is False
            ):
                return False
        return True


def _required(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    # The first one is self; defaults belong to the last ones.
    without = positional[1 : len(positional) - len(arguments.defaults)]
    keyword_only = [
        argument
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    return [argument.arg for argument in (*without, *keyword_only)]
