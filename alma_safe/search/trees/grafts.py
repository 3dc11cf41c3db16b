"""Putting two designs together: the chain of one becomes a layer of the other.

A chain has the interface of a layer but for the names of its methods, so a whole design
can be one: what it does not need is dropped by other mutations later.
"""

from __future__ import annotations

import ast
import copy
import random

from alma_safe.search.trees.parts import (
    LAYER,
    STRUCTURE,
    bound_names,
    fresh,
    held,
    method,
    pruned,
    renamed,
    same,
    structure,
)

_AS_LAYER = """
async def retrieve(self, **kwargs: Any) -> Any:
    recorder: Basic_Recorder = kwargs["recorder"]

async def update(self, **kwargs: Any) -> Any:
    recorder: Basic_Recorder = kwargs["recorder"]
"""
_BOTH = """
async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
    first = await self.{own}.retrieve(recorder=recorder)
    second = await self.{other}.retrieve(recorder=recorder)
    {tell}

async def general_update(self, recorder: Basic_Recorder) -> None:
    await self.{own}.update(recorder=recorder)
    await self.{other}.update(recorder=recorder)
"""
_TELLS = {
    "both": "return {**second, **first}",
    "the other where one is silent": "return dict(first or second)",
}
_PARTITION = '''
class {chain}(MemoStructure):
    """A memory for each kind of task, and one of all of them for kinds that are new."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = {part}()
        self.parts: dict[str, {part}] = {{}}

    def kind(self, recorder: Basic_Recorder) -> str:
        told = str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:4000].lower()
        told = told.rpartition("task is to:")[2] or told
        words = ["".join(char for char in word if char.isalpha()) for word in told.split()[:12]]
        return " ".join([word for word in words if word][:{words}])

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        own = self.parts.get(self.kind(recorder))
        found = await (own or self.whole).retrieve(recorder=recorder)
        return dict(found) if found else {{}}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        kind = self.kind(recorder)
        if kind not in self.parts and len(self.parts) < {most}:
            self.parts[kind] = {part}()
        if kind in self.parts:
            await self.parts[kind].update(recorder=recorder)
        await self.whole.update(recorder=recorder)
'''
_MOST_PARTS = 6
_NEEDED = ("from typing import Any",)


def grafted(tree: ast.Module, chance: random.Random, donor: ast.Module | None) -> str | None:
    """Chain a whole other design behind this one."""
    if donor is None:
        return None
    other = _as_layer(_joined(tree, copy.deepcopy(donor)))
    own = _as_layer(structure(tree))
    how, tell = chance.choice(sorted(_TELLS.items()))
    taken = {name for node in tree.body for name in bound_names(node)}
    first, second = "own", "other"
    chain = ast.ClassDef(
        name=fresh("Joined", taken),
        bases=[_base(tree, STRUCTURE)],
        keywords=[],
        decorator_list=[],
        type_params=[],
        body=[
            *ast.parse(
                f"def __init__(self) -> None:\n    super().__init__()\n"
                f"    self.{first} = {own.name}()\n    self.{second} = {other.name}()\n"
            ).body,
            *ast.parse(_BOTH.format(own=first, other=second, tell=tell)).body,
        ],
    )
    _with_imports(tree)
    tree.body.append(chain)
    return f"joined with {other.name}: {how}"


def partitioned(tree: ast.Module, chance: random.Random, donor: ast.Module | None) -> str | None:
    """Have one memory for each kind of task, told apart by the first words of the goal."""
    if any(made.startswith("Part") for made in held(structure(tree)).values()):
        return None
    part = _as_layer(structure(tree))
    taken = {name for node in tree.body for name in bound_names(node)}
    words = chance.choice((1, 2, 3))
    text = _PARTITION.format(
        chain=fresh("Partitioned", taken), part=part.name, words=words, most=_MOST_PARTS
    )
    chain = ast.parse(text).body[0]
    assert isinstance(chain, ast.ClassDef)
    chain.bases = [_base(tree, STRUCTURE)]
    _with_imports(tree)
    tree.body.append(chain)
    return f"one memory for each kind of task, by {words} words"


def _base(tree: ast.Module, name: str) -> ast.expr:
    """How a module calls a class of the contract; it is imported where it is not yet."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == name:
                    return ast.Name(id=alias.asname or name, ctx=ast.Load())
    for each in ast.walk(tree):
        if isinstance(each, ast.ClassDef):
            for base in each.bases:
                if ast.unparse(base).rpartition(".")[2] == name:
                    return copy.deepcopy(base)
    return ast.Name(id=name, ctx=ast.Load())


def _as_layer(chain: ast.ClassDef) -> ast.ClassDef:
    """Turn a chain into a layer, in place."""
    chain.bases = [
        ast.Name(id=LAYER, ctx=ast.Load())
        if ast.unparse(base).rpartition(".")[2] == STRUCTURE
        else base
        for base in chain.bases
    ]
    heads = {
        node.name: node
        for node in ast.parse(_AS_LAYER).body
        if isinstance(node, ast.AsyncFunctionDef)
    }
    for old, new in (("general_retrieve", "retrieve"), ("general_update", "update")):
        body = method(chain, old)
        if body is None:
            continue
        given = body.args.args[1].arg if len(body.args.args) > 1 else "recorder"
        head = heads[new].body
        assert isinstance(head[0], ast.AnnAssign)
        assert isinstance(head[0].target, ast.Name)
        head[0].target.id = given
        body.name, body.args, body.returns = new, heads[new].args, heads[new].returns
        body.body = [*head, *body.body]
    for node in ast.walk(chain):
        if isinstance(node, ast.Attribute) and node.attr in ("general_retrieve", "general_update"):
            node.attr = node.attr.removeprefix("general_")
    init = method(chain, "__init__")
    told = f"layer_intro={chain.name!r}, database=None"
    if init is None:
        made = f"def __init__(self) -> None:\n    super().__init__({told})"
        chain.body.insert(0, ast.parse(made).body[0])
        return chain
    for number, node in enumerate(init.body):
        if ast.unparse(node) == "super().__init__()":
            init.body[number] = ast.parse(f"super().__init__({told})").body[0]
            return chain
    init.body.insert(0, ast.parse(f"super().__init__({told})").body[0])
    return chain


def _joined(tree: ast.Module, donor: ast.Module) -> ast.ClassDef:
    """Bring the donor's definitions in; those that are the same are shared. Its chain."""
    pruned(donor)
    mine = {name: node for node in tree.body for name in bound_names(node)}
    taken = set(mine) | {name for node in donor.body for name in bound_names(node)}
    other: dict[str, str] = {}
    shared: list[ast.stmt] = []
    for node in donor.body:
        names = bound_names(node)
        if names and all(name in mine and same(mine[name], node) for name in names):
            shared.append(node)
            continue
        for name in names:
            if name in mine:
                other[name] = fresh(f"{name}_2" if name.isupper() else f"{name}2", taken)
                taken.add(other[name])
    # What is shared reads names of its own module: it may not be where they differ.
    while unsafe := [node for node in shared if _reads(node, other)]:
        for node in unsafe:
            shared.remove(node)
            for name in bound_names(node):
                other[name] = fresh(f"{name}2", taken)
                taken.add(other[name])
    renamed(donor, other)
    chain = structure(donor)
    imports = [ast.unparse(node) for node in tree.body if _imports(node)]
    place = max((n for n, node in enumerate(tree.body) if _imports(node)), default=-1) + 1
    for node in donor.body:
        if _imports(node):
            if ast.unparse(node) not in imports:
                tree.body.insert(place, node)
                place += 1
        elif node not in shared and bound_names(node):
            tree.body.append(node)
    return chain


def _imports(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _reads(node: ast.AST, names: dict[str, str]) -> bool:
    return any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))


def _with_imports(tree: ast.Module) -> None:
    """Import what new classes are written with, where a design does not already."""
    known = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    place = max((n for n, node in enumerate(tree.body) if _imports(node)), default=-1) + 1
    missing = [name for name in (STRUCTURE, LAYER, "Basic_Recorder") if name not in known]
    lines = [f"from alma_safe.contract import {', '.join(missing)}"] if missing else []
    lines += list(_NEEDED) if "Any" not in known else []
    for line in lines:
        tree.body.insert(place, ast.parse(line).body[0])
