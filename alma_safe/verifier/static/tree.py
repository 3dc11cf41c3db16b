"""The syntax tree of a design with its parents, scopes and nodes by type.

Built in one iterative pass that stops at the caps of the policy, so that nothing
recursive ever sees a tree whose depth is unknown.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from alma_safe.verifier.static.building import FIELDS, SPECIAL, fields_of
from alma_safe.verifier.static.scopes import Binding, Scope, settle
from alma_safe.verifier.static.settings import Settings

type FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
type ComprehensionNode = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MAX_SCOPES = 30


class TooBig(Exception):
    """The tree passes a cap: ``what`` is depth, nodes or scopes, ``line`` where it was noticed."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


def _is_link(parent: ast.AST, child: ast.AST) -> bool:
    """Whether the two are links of one chain: elif after elif, operand after operand."""
    if isinstance(parent, ast.If):
        return isinstance(child, ast.If) and parent.orelse[:1] == [child]
    if isinstance(parent, ast.BinOp):
        return isinstance(child, ast.BinOp) and parent.left is child
    return False


def _binds_nothing(parents: dict[ast.AST, ast.AST], binding: Binding) -> bool:
    """``np = None`` where numpy is missing, and a bare annotation ``date: str``."""
    if binding.value is None:
        return isinstance(parents.get(binding.node), ast.AnnAssign)
    return isinstance(binding.value, ast.Constant) and binding.value.value is None


class Tree:
    """One parsed design."""

    def __init__(self, source: str, module: ast.Module, settings: Settings) -> None:
        """Index ``module``. Raises TooBig at the caps of ``settings``."""
        self.source = source
        self.module = module
        self.by_type: defaultdict[type[ast.AST], list[Any]] = defaultdict(list)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.inner: dict[ast.AST, Scope] = {}
        self.imported: set[str] = set()
        """Names that some import binds, anywhere in the file: no other name has a path."""
        self.packages: set[str] = set()
        """The packages that these come from; ``.`` for relative imports."""
        self.count = 0
        self.all_scopes: list[Scope] = []
        """Every namespace; the module's comes first."""
        self._next: list[tuple[Any, Scope]] = []
        self._paths: dict[ast.AST, str | None] = {}
        self._stores: dict[str, list[ast.Attribute]] | None = None
        self.derived: dict[str, Any] = {}
        """What rules found out about the whole file and share."""
        self._build(settings)

    # ------------------------------------------------------------------ queries

    def nodes(self, *types: type[Any]) -> list[Any]:
        """All nodes of these types."""
        if len(types) == 1:
            return self.by_type.get(types[0], [])
        return [node for kind in types for node in self.by_type.get(kind, ())]

    def bindings(self, name: ast.Name) -> list[Binding]:
        """Every binding that this name may have here; empty for a builtin."""
        return self.scopes[name].lookup(name.id)

    def attribute_stores(self) -> dict[str, list[ast.Attribute]]:
        """Every place that assigns an attribute, by its name."""
        if self._stores is None:
            self._stores = {}
            for node in self.nodes(ast.Attribute):
                if isinstance(node.ctx, ast.Store):
                    self._stores.setdefault(node.attr, []).append(node)
        return self._stores

    def is_builtin(self, node: ast.AST, name: str) -> bool:
        """Whether ``node`` is a name ``name`` that nothing in the file binds."""
        return isinstance(node, ast.Name) and node.id == name and not self.scopes[node].lookup(name)

    def path(self, node: ast.AST) -> str | None:
        """Dotted path of an imported name or of an attribute chain on one, else None."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        # Most names are the design's own: those are told without looking anything up.
        if not isinstance(root, ast.Name) or root.id not in self.imported:
            return None
        found = self._paths.get(node, "")
        if found == "":
            found = self._paths[node] = self._find_path(node, root)
        return found

    def _find_path(self, node: ast.AST, root: ast.Name) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        for binding in self.scopes[root].lookup(root.id):
            if binding.target:
                return ".".join((binding.target, *reversed(parts)))
        return None

    def sure_path(self, node: ast.AST) -> str | None:
        """The path of ``node`` if nothing but imports binds its name, or None does; else None.

        What forbids something asks for :meth:`path`; what admits something asks for this.
        """
        path = self.path(node)
        if path is None:
            return None
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        for binding in self.scopes[root].lookup(root.id) if isinstance(root, ast.Name) else ():
            if not binding.target and not _binds_nothing(self.parents, binding):
                return None
        return path

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around ``node``, innermost first."""
        parents = self.parents
        current = parents.get(node)
        while current is not None:
            yield current
            current = parents.get(current)

    def function(self, node: ast.AST) -> FunctionNode | ast.Lambda | None:
        """The function whose body holds ``node``; None at module and class level."""
        scope: Scope | None = self.scopes[node]
        while scope is not None and scope.kind in ("comprehension", "types"):
            scope = scope.outer
        if scope is not None and isinstance(scope.node, (*FUNCTIONS, ast.Lambda)):
            return scope.node
        return None

    def at_import_time(self, node: ast.AST) -> bool:
        """Whether ``node`` is evaluated while the file is imported."""
        scope: Scope | None = self.scopes[node]
        while scope is not None and scope.kind != "module":
            if scope.kind == "function":
                return False
            scope = scope.outer
        return True

    def receiver(self, function: ast.AST | None) -> str:
        """Name of the first parameter (``self``) of a method, or an empty string."""
        if not isinstance(function, FUNCTIONS):
            return ""
        if not isinstance(self.parents.get(function), ast.ClassDef):
            return ""
        arguments = [*function.args.posonlyargs, *function.args.args]
        return arguments[0].arg if arguments else ""

    # ----------------------------------------------------------------- building

    def _build(self, settings: Settings) -> None:
        root = self.open_scope("module", self.module, None)
        level: list[tuple[Any, Scope]] = [(self.module, root)]
        depth = 0
        by_type, scopes, parents = self.by_type, self.scopes, self.parents
        push_fields, special_kinds = self.push_fields, SPECIAL
        constant, name, load, attribute = ast.Constant, ast.Name, ast.Load, ast.Attribute
        while level:
            depth += 1
            self.count += len(level)
            if self.count > settings.max_nodes:
                raise TooBig("nodes", getattr(level[0][0], "lineno", 0))
            if depth > settings.max_depth:
                self._check_nesting(level, depth, settings.max_depth)
            self._next = following = []
            for node, scope in level:
                kind = type(node)
                by_type[kind].append(node)
                scopes[node] = scope
                # Without children, and nothing that is bound: half of all nodes.
                if kind is constant or (kind is name and type(node.ctx) is load):
                    continue
                if kind is attribute:
                    parents[node.value] = node
                    following.append((node.value, scope))
                    continue
                special = special_kinds.get(kind)
                if special is not None:
                    special(self, node, scope)
                else:
                    push_fields(node, FIELDS.get(kind) or fields_of(kind), scope)
            level = self._next
        settle(self.all_scopes)

    def _check_nesting(self, level: list[tuple[ast.AST, Scope]], depth: int, limit: int) -> None:
        """Refuse what is nested too deeply, but not a long flat chain up to twice the limit."""
        for node, _ in level:
            nesting, current = depth, node
            while depth <= 2 * limit and (parent := self.parents.get(current)) is not None:
                nesting -= _is_link(parent, current)
                current = parent
            if nesting > limit:
                raise TooBig("depth", getattr(node, "lineno", 0))

    def bind_import(self, scope: Scope, name: str, binding: Binding) -> None:
        """Record that an import in ``scope`` binds ``name`` to the target of ``binding``."""
        self.imported.add(name)
        self.packages.add(binding.target.partition(".")[0] or ".")
        scope.bind(name, binding)

    def open_scope(self, kind: str, node: ast.AST, outer: Scope | None) -> Scope:
        """Open a namespace for ``node`` inside ``outer``."""
        scope = Scope(kind, node, outer)
        if scope.depth > _MAX_SCOPES:
            raise TooBig("scopes", getattr(node, "lineno", 0))
        self.inner[node] = scope
        self.all_scopes.append(scope)
        return scope

    def push(self, parent: ast.AST, child: ast.AST | None, scope: Scope) -> None:
        """Visit ``child`` next, in ``scope``."""
        if child is not None:
            self.parents[child] = parent
            self._next.append((child, scope))

    def push_all(self, parent: ast.AST, children: list[Any], scope: Scope) -> None:
        """Visit these children next, in ``scope``."""
        for child in children:
            if child is not None:
                self.parents[child] = parent
                self._next.append((child, scope))

    def push_fields(self, node: ast.AST, fields: tuple[str, ...], scope: Scope) -> None:
        """Visit what these fields hold next, in ``scope``."""
        parents, following = self.parents, self._next
        for field in fields:
            value = getattr(node, field, None)
            if type(value) is list:
                for child in value:
                    if isinstance(child, ast.AST):
                        parents[child] = node
                        following.append((child, scope))
            elif isinstance(value, ast.AST):
                parents[value] = node
                following.append((value, scope))

    def typed_scope(self, node: Any, scope: Scope) -> Scope:
        """The scope of PEP 695 type parameters, or ``scope`` when there are none."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return scope
        types = self.open_scope("types", node, scope)
        self.push_all(node, parameters, types)
        return types
