"""The parts of a design: its imports, definitions, layers and the class that chains them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

STRUCTURE = "MemoStructure"
LAYER = "Sub_memo_layer"

type Function = ast.FunctionDef | ast.AsyncFunctionDef


class NoDesign(Exception):
    """A tree in which there is no class of the contract to work on."""


def structure(tree: ast.Module) -> ast.ClassDef:
    """The class that chains the layers. Raises NoDesign."""
    found = [
        node for node in tree.body if isinstance(node, ast.ClassDef) and based(node, STRUCTURE)
    ]
    if not found:
        raise NoDesign("no subclass of MemoStructure at the top of the module")
    return found[-1]


def layers(tree: ast.Module) -> list[ast.ClassDef]:
    """The classes of layers, in their order."""
    return [node for node in tree.body if isinstance(node, ast.ClassDef) and based(node, LAYER)]


def based(node: ast.ClassDef, name: str) -> bool:
    """Whether a class has a base of that name, however it was imported."""
    return any(ast.unparse(base).rpartition(".")[2] == name for base in node.bases)


def method(node: ast.ClassDef, name: str) -> Function | None:
    """A method of a class by its name."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == name:
            return each
    return None


def held(node: ast.ClassDef) -> dict[str, str]:
    """Attribute -> class of what a structure's constructor makes by a bare call."""
    init = method(node, "__init__")
    found: dict[str, str] = {}
    for each in ast.walk(init) if init is not None else ():
        if (
            isinstance(each, ast.Assign)
            and len(each.targets) == 1
            and (name := own_attribute(each.targets[0])) is not None
            and isinstance(each.value, ast.Call)
            and isinstance(each.value.func, ast.Name)
        ):
            found[name] = each.value.func.id
    return found


def own_attribute(node: ast.expr) -> str | None:
    """The name in ``self.name``; None for anything else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id == "self" else None
    return None


def uses(node: ast.AST, attribute: str) -> bool:
    """Whether ``self.attribute`` is mentioned anywhere in a node."""
    return any(
        isinstance(each, ast.Attribute) and own_attribute(each) == attribute
        for each in ast.walk(node)
    )


def bound_names(node: ast.stmt) -> list[str]:
    """The names that a definition at the top of a module binds; none for other statements."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.TypeAlias):
        return [node.name.id]
    if isinstance(node, ast.AnnAssign):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    if isinstance(node, ast.Assign):
        return [
            each.id
            for target in node.targets
            for each in ast.walk(target)
            if isinstance(each, ast.Name)
        ]
    return []


def mentioned(node: ast.AST) -> set[str]:
    """Every name that a node reads, in annotations that are texts as well."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and len(each.value) < 200:
            found.update(word for word in _words(each.value))
    return found


def _words(text: str) -> Iterator[str]:
    word = ""
    for char in text + " ":
        if char.isidentifier() or (word and char.isalnum()):
            word += char
        elif word:
            yield word
            word = ""


def pruned(tree: ast.Module) -> None:
    """Take out definitions that the structure does not lead to."""
    by_name: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for name in bound_names(node):
            by_name.setdefault(name, []).append(node)
    reached: set[str] = set()
    pending = [structure(tree).name]
    for node in tree.body:
        if not bound_names(node) and not isinstance(node, ast.Import | ast.ImportFrom):
            pending += mentioned(node) & by_name.keys()
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += {each for node in by_name[name] for each in mentioned(node) & by_name.keys()}
    tree.body = [
        node for node in tree.body if not (names := bound_names(node)) or reached & set(names)
    ]


def renamed(tree: ast.Module, names: dict[str, str]) -> None:
    """Give what a module binds at its top other names, wherever they are read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    for top in tree.body:
        if isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            top.name = names.get(top.name, top.name)


def fresh(name: str, taken: set[str]) -> str:
    """A name that is not taken: this one, or with a number."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name}{number}", number + 1
    return found


def same(one: ast.AST, other: ast.AST) -> bool:
    """Whether two nodes say the same, wherever they stand."""
    return ast.dump(undocumented(one)) == ast.dump(undocumented(other))


def undocumented(node: ast.AST) -> ast.AST:
    """A copy without docstrings, where it has any."""
    node = copy.deepcopy(node)
    for each in ast.walk(node):
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            continue
        if each.body and _is_text(each.body[0]):
            each.body = each.body[1:] or [ast.Pass()]
    return node


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
