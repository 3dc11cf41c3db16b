"""Names that stand for something else than the file seems to say.

Every other rule asks what a name is bound to. Here is refused what would make that answer
wrong: a name that Python renames inside a class, and one that two imports bind.
"""

from __future__ import annotations

import ast

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.scopes import Binding, Scope
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree

RENAMED = Rule(
    id="S023",
    stage="static",
    title="private name that stands for another one",
    reason="Inside a class Python reads the name __x as _Class__x. The checkers and the "
    "interpreter could read different programs.",
    remedy="Use a single leading underscore for what is not an attribute: _x.",
)
TWO_IMPORTS = Rule(
    id="S111",
    stage="static",
    title="name that two imports bind",
    reason="Which of the two it stands for is only known at run time.",
    remedy="Give each import a name of its own: from x import a as first_a.",
)

RULES = (RENAMED, TWO_IMPORTS)

# One thing under several roofs: typing.override is typing_extensions.override.
_ROOFS = {
    "typing_extensions": "typing", "collections": "typing", "agents": "alma_safe",
    "eval_envs": "alma_safe",
}  # fmt: skip
_ELSEWHERE = ast.ClassDef("", [], [], [], [], type_params=[])
"""Stands for the head of a class, whose names depend on whether it has type parameters."""


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    private = [node for node in tree.nodes(ast.Name) if node.id[0] == "_"]
    beginnings = tuple(f"_{node.name.lstrip('_')}__" for node in tree.nodes(ast.ClassDef))
    for node in private:
        if node.id.startswith(beginnings):
            _refuse_spelled_out(node, node.id, collector)
        elif _is_private(node.id) and isinstance(node.ctx, ast.Load):
            _check_private(tree, node, collector)
    for scope in tree.all_scopes:
        _check_spelled_out(scope, beginnings, collector)
        for name in tree.imported.intersection(scope.bindings):
            # What a class binds need not be bound yet where its body reads the name.
            found = scope.lookup(name) if scope.kind == "class" else scope.bindings[name]
            if len(found) > 1:
                _check_imports(name, found, collector)


# ----------------------------------------------------------------------- private names


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _check_spelled_out(scope: Scope, beginnings: tuple[str, ...], collector: Collector) -> None:
    """``_Holder__x``, written in full: what ``__x`` is inside of ``class Holder``."""
    for name in (*scope.bindings, *scope.globals, *scope.nonlocals):
        if name[0] == "_" and name.startswith(beginnings):
            found = scope.bindings.get(name)
            _refuse_spelled_out(found[0].node if found else scope.node, name, collector)


def _refuse_spelled_out(node: ast.AST, name: str, collector: Collector) -> None:
    collector.add(RENAMED, node, f"{shown(name)} is a private name of a class of this file")


def _check_private(tree: Tree, node: ast.Name, collector: Collector) -> None:
    """What ``__x`` is bound to has to be bound in classes of one name: Python sees no other."""
    here = _renamed_by(tree, node)
    bindings = tree.bindings(node)
    if here is _ELSEWHERE or any(not _is_same(here, tree, found) for found in bindings):
        collector.add(RENAMED, node, f"Python does not read {shown(node.id)} here, it renames it")


def _is_same(here: ast.ClassDef | None, tree: Tree, binding: Binding) -> bool:
    there = _renamed_by(tree, binding.node)
    if here is None or there is None:
        return here is there
    return there is not _ELSEWHERE and here.name.lstrip("_") == there.name.lstrip("_")


def _renamed_by(tree: Tree, node: ast.AST) -> ast.ClassDef | None:
    """The class whose name becomes part of private names here."""
    child = node
    for parent in tree.ancestors(node):
        if isinstance(parent, ast.ClassDef):
            return parent if child in parent.body else _ELSEWHERE
        child = parent
    return None


# ----------------------------------------------------------------------------- imports


def _check_imports(name: str, bindings: list[Binding], collector: Collector) -> None:
    first = ""
    for binding in bindings:
        if not binding.target:
            continue
        thing = _thing(binding.target)
        first = first or thing
        if thing != first:
            message = f"{shown(name)} is imported as {shown(binding.target)} and as something else"
            collector.add(TWO_IMPORTS, binding.node, message)


def _thing(target: str) -> str:
    """What is imported, whichever of its addresses is named."""
    root, _, rest = target.partition(".")
    roof = _ROOFS.get(root, root)
    return f"{roof}.{rest.rpartition('.')[2]}" if rest else roof
