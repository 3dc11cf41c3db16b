"""The syntax tree of a design with its parents, scopes and nodes by type.

Built in one iterative pass that stops at the caps of the policy, so that nothing
recursive ever sees a tree whose depth is unknown.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

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
        self.count = 0
        self._all_scopes: list[Scope] = []
        self._next: list[tuple[ast.AST, Scope]] = []
        self._paths: dict[ast.AST, str | None] = {}
        self._stores: dict[str, list[ast.Attribute]] | None = None
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
        return (
            isinstance(node, ast.Name) and node.id == name and not self.scopes[node].lookup(name)
        )

    def path(self, node: ast.AST) -> str | None:
        """Dotted path of an imported name or of an attribute chain on one, else None."""
        found = self._paths.get(node, "")
        if found == "":
            found = self._paths[node] = self._find_path(node)
        return found

    def _find_path(self, node: ast.AST) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        for binding in self.scopes[node].lookup(node.id):
            if binding.target:
                return ".".join((binding.target, *reversed(parts)))
        return None

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
        root = self._scope("module", self.module, None)
        level: list[tuple[ast.AST, Scope]] = [(self.module, root)]
        depth = 0
        by_type, scopes = self.by_type, self.scopes
        while level:
            depth += 1
            self.count += len(level)
            if depth > settings.max_depth or self.count > settings.max_nodes:
                what = "depth" if depth > settings.max_depth else "nodes"
                raise TooBig(what, getattr(level[0][0], "lineno", 0))
            self._next = []
            push_fields, special_kinds = self._push_fields, _SPECIAL
            for node, scope in level:
                kind = type(node)
                by_type[kind].append(node)
                scopes[node] = scope
                if kind is ast.Constant:
                    continue
                special = special_kinds.get(kind)
                if special is not None:
                    special(self, node, scope)
                else:
                    push_fields(node, _FIELDS.get(kind) or _fields(kind), scope)
            level = self._next
        settle(self._all_scopes)

    def _scope(self, kind: str, node: ast.AST, outer: Scope | None) -> Scope:
        scope = Scope(kind, node, outer)
        if scope.depth > _MAX_SCOPES:
            raise TooBig("scopes", getattr(node, "lineno", 0))
        self.inner[node] = scope
        self._all_scopes.append(scope)
        return scope

    def _push(self, parent: ast.AST, child: ast.AST | None, scope: Scope) -> None:
        if child is not None:
            self.parents[child] = parent
            self._next.append((child, scope))

    def _push_all(self, parent: ast.AST, children: list[Any], scope: Scope) -> None:
        for child in children:
            if child is not None:
                self.parents[child] = parent
                self._next.append((child, scope))

    def _push_fields(self, node: ast.AST, fields: tuple[str, ...], scope: Scope) -> None:
        parents, following = self.parents, self._next
        for field in fields:
            value = getattr(node, field, None)
            if value is None:
                continue
            if type(value) is list:
                for child in value:
                    if isinstance(child, ast.AST):
                        parents[child] = node
                        following.append((child, scope))
            elif isinstance(value, ast.AST):
                parents[value] = node
                following.append((value, scope))

    def _typed_scope(self, node: Any, scope: Scope) -> Scope:
        """The scope of PEP 695 type parameters, or ``scope`` when there are none."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return scope
        types = self._scope("types", node, scope)
        self._push_all(node, parameters, types)
        return types


# ------------------------------------------------------------- nodes that open scopes


def _function(tree: Tree, node: Any, scope: Scope) -> None:
    scope.bind(node.name, Binding("def", node))
    outer = tree._typed_scope(node, scope)
    inner = tree._scope("function", node, outer)
    inner.enclosing = scope
    tree._push_all(node, node.decorator_list, scope)
    tree._push(node, node.args, inner)
    tree._push(node, node.returns, outer)
    tree._push_all(node, node.body, inner)


def _lambda(tree: Tree, node: Any, scope: Scope) -> None:
    inner = tree._scope("function", node, scope)
    tree._push(node, node.args, inner)
    tree._push(node, node.body, inner)


def _arguments(tree: Tree, node: Any, scope: Scope) -> None:
    for argument in (*node.posonlyargs, *node.args, node.vararg, *node.kwonlyargs, node.kwarg):
        if argument is not None:
            scope.bind(argument.arg, Binding("param", argument))
            tree._push(node, argument, scope)
    enclosing = scope.enclosing or scope
    tree._push_all(node, node.defaults, enclosing)
    tree._push_all(node, node.kw_defaults, enclosing)


def _arg(tree: Tree, node: Any, scope: Scope) -> None:
    tree._push(node, node.annotation, scope.outer or scope)


def _class(tree: Tree, node: Any, scope: Scope) -> None:
    scope.bind(node.name, Binding("class", node))
    outer = tree._typed_scope(node, scope)
    inner = tree._scope("class", node, outer)
    tree._push_all(node, node.decorator_list, scope)
    tree._push_all(node, node.bases, outer)
    tree._push_all(node, node.keywords, outer)
    tree._push_all(node, node.body, inner)


def _comprehension(tree: Tree, node: Any, scope: Scope) -> None:
    inner = tree._scope("comprehension", node, scope)
    tree._push_all(node, node.generators, inner)
    if isinstance(node, ast.DictComp):
        tree._push(node, node.key, inner)
        tree._push(node, node.value, inner)
    else:
        tree._push(node, node.elt, inner)


def _generator(tree: Tree, node: Any, scope: Scope) -> None:
    first = getattr(scope.node, "generators", [None])[0] is node
    tree._push(node, node.target, scope)
    tree._push(node, node.iter, (scope.outer or scope) if first else scope)
    tree._push_all(node, node.ifs, scope)


def _alias_type(tree: Tree, node: Any, scope: Scope) -> None:
    outer = tree._typed_scope(node, scope)
    tree._push(node, node.name, scope)
    tree._push(node, node.value, outer)


# ------------------------------------------------------------- nodes that bind names


def _name(tree: Tree, node: Any, scope: Scope) -> None:
    if type(node.ctx) is ast.Load:
        return
    if type(node.ctx) is ast.Del:
        scope.bind(node.id, Binding("other", node))
        return
    parent = tree.parents[node]
    kind, value = "other", None
    if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.TypeAlias):
        kind, value = "value", parent.value
    elif isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension):
        kind, value = "loop", parent.iter
    elif isinstance(parent, ast.Tuple | ast.List):
        around = tree.parents.get(parent)
        if isinstance(around, ast.For | ast.AsyncFor | ast.comprehension):
            kind, value = "loop", around.iter
    if isinstance(parent, ast.NamedExpr):
        scope = scope.owner()
    if isinstance(parent, ast.AnnAssign) and value is None:
        kind = "other"
    scope.bind(node.id, Binding(kind, node, "", value))


def _import(tree: Tree, node: Any, scope: Scope) -> None:
    for alias in node.names:
        if alias.asname:
            scope.bind(alias.asname, Binding("import", node, alias.name))
        else:
            root = alias.name.partition(".")[0]
            scope.bind(root, Binding("import", node, root))
    tree._push_all(node, node.names, scope)


def _import_from(tree: Tree, node: Any, scope: Scope) -> None:
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        scope.bind(alias.asname or alias.name, Binding("from", node, f"{module}.{alias.name}"))
    tree._push_all(node, node.names, scope)


def _global(tree: Tree, node: Any, scope: Scope) -> None:
    scope.globals.update(node.names)


def _nonlocal(tree: Tree, node: Any, scope: Scope) -> None:
    scope.nonlocals.update(node.names)


def _named(field: str) -> Callable[[Tree, Any, Scope], None]:
    def visit(tree: Tree, node: Any, scope: Scope) -> None:
        name = getattr(node, field)
        if name:
            scope.bind(name, Binding("other", node))
        tree._push_fields(node, _fields(type(node)), scope)

    return visit


_SPECIAL: dict[type[ast.AST], Callable[[Tree, Any, Scope], None]] = {
    ast.Name: _name,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Lambda: _lambda,
    ast.arguments: _arguments,
    ast.arg: _arg,
    ast.ClassDef: _class,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.comprehension: _generator,
    ast.TypeAlias: _alias_type,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.ExceptHandler: _named("name"),
    ast.MatchAs: _named("name"),
    ast.MatchStar: _named("name"),
    ast.MatchMapping: _named("rest"),
    ast.TypeVar: _named("name"),
    ast.ParamSpec: _named("name"),
    ast.TypeVarTuple: _named("name"),
}

_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Fields of ``kind`` that can hold nodes; contexts and operators are not nodes here."""
    found = _FIELDS.get(kind)
    if found is None:
        skipped = {"ctx", "op", "ops", "attr", "id", "name", "asname", "conversion", "type_ignores"}
        found = tuple(field for field in kind._fields if field not in skipped)
        _FIELDS[kind] = found
    return found
