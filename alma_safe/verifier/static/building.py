"""How each kind of node takes part in building a tree: its scope and the names it binds."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from alma_safe.verifier.static.scopes import Binding, Scope

if TYPE_CHECKING:
    from alma_safe.verifier.static.tree import Tree

# What a star import of our own modules binds: their ``__all__``.
_CONTRACT = ("Basic_Recorder", "MemoStructure", "Sub_memo_layer")
STARS: Mapping[str, tuple[str, ...]] = {
    "alma_safe.contract": _CONTRACT,
    "agents.memo_structure": _CONTRACT,
    "eval_envs.base_envs": ("Basic_Recorder",),
    "utils.hire_agent": ("Agent", "Embedding"),
}

# ------------------------------------------------------------- nodes that open scopes


def _function(tree: Tree, node: Any, scope: Scope) -> None:
    scope.bind(node.name, Binding("def", node))
    outer = tree.typed_scope(node, scope)
    inner = tree.open_scope("function", node, outer)
    inner.enclosing = scope
    tree.push_all(node, node.decorator_list, scope)
    tree.push(node, node.args, inner)
    tree.push(node, node.returns, outer)
    tree.push_all(node, node.body, inner)


def _lambda(tree: Tree, node: Any, scope: Scope) -> None:
    inner = tree.open_scope("function", node, scope)
    tree.push(node, node.args, inner)
    tree.push(node, node.body, inner)


def _arguments(tree: Tree, node: Any, scope: Scope) -> None:
    for argument in (*node.posonlyargs, *node.args, node.vararg, *node.kwonlyargs, node.kwarg):
        if argument is not None:
            scope.bind(argument.arg, Binding("param", argument))
            tree.push(node, argument, scope)
    enclosing = scope.enclosing or scope
    tree.push_all(node, node.defaults, enclosing)
    tree.push_all(node, node.kw_defaults, enclosing)


def _arg(tree: Tree, node: Any, scope: Scope) -> None:
    tree.push(node, node.annotation, scope.outer or scope)


def _class(tree: Tree, node: Any, scope: Scope) -> None:
    scope.bind(node.name, Binding("class", node))
    outer = tree.typed_scope(node, scope)
    inner = tree.open_scope("class", node, outer)
    tree.push_all(node, node.decorator_list, scope)
    tree.push_all(node, node.bases, outer)
    tree.push_all(node, node.keywords, outer)
    tree.push_all(node, node.body, inner)


def _comprehension(tree: Tree, node: Any, scope: Scope) -> None:
    inner = tree.open_scope("comprehension", node, scope)
    tree.push_all(node, node.generators, inner)
    if isinstance(node, ast.DictComp):
        tree.push(node, node.key, inner)
        tree.push(node, node.value, inner)
    else:
        tree.push(node, node.elt, inner)


def _generator(tree: Tree, node: Any, scope: Scope) -> None:
    first = getattr(scope.node, "generators", [None])[0] is node
    tree.push(node, node.target, scope)
    tree.push(node, node.iter, (scope.outer or scope) if first else scope)
    tree.push_all(node, node.ifs, scope)


def _alias_type(tree: Tree, node: Any, scope: Scope) -> None:
    outer = tree.typed_scope(node, scope)
    tree.push(node, node.name, scope)
    tree.push(node, node.value, outer)


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
            tree.bind_import(scope, alias.asname, Binding("import", node, alias.name))
        else:
            root = alias.name.partition(".")[0]
            tree.bind_import(scope, root, Binding("import", node, root))
    tree.push_all(node, node.names, scope)


def _import_from(tree: Tree, node: Any, scope: Scope) -> None:
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        names = STARS.get(module, ("*",)) if alias.name == "*" else (alias.name,)
        for name in names:
            binding = Binding("from", node, f"{module}.{name}")
            tree.bind_import(scope, alias.asname or name, binding)
    tree.push_all(node, node.names, scope)


def _global(tree: Tree, node: Any, scope: Scope) -> None:
    scope.globals.update(node.names)


def _nonlocal(tree: Tree, node: Any, scope: Scope) -> None:
    scope.nonlocals.update(node.names)


def _named(field: str) -> Callable[[Tree, Any, Scope], None]:
    def visit(tree: Tree, node: Any, scope: Scope) -> None:
        name = getattr(node, field)
        if name:
            scope.bind(name, Binding("other", node))
        tree.push_fields(node, fields_of(type(node)), scope)

    return visit


SPECIAL: dict[type[ast.AST], Callable[[Tree, Any, Scope], None]] = {
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

FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


def fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    """Fields of ``kind`` that can hold nodes; contexts and operators are not nodes here."""
    found = FIELDS.get(kind)
    if found is None:
        skipped = {"ctx", "op", "ops", "attr", "id", "name", "asname", "conversion", "type_ignores"}
        found = tuple(field for field in kind._fields if field not in skipped)
        FIELDS[kind] = found
    return found
