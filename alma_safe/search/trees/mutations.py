"""Making a design of others: mutations of one tree, and grafts of another onto it.

Each takes a tree, chance and (some) a donor, changes the tree in place and says in a few
words what it did; None where it found nothing to change. Which lines each of them changed
is worked out in ``breeding``.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Sequence

from alma_safe.search.trees.grafts import grafted, partitioned
from alma_safe.search.trees.parts import (
    Function,
    bound_names,
    fresh,
    held,
    layers,
    method,
    own_attribute,
    structure,
    uses,
)

type Mutation = Callable[[ast.Module, random.Random, ast.Module | None], str | None]

_FACTORS = (0.25, 0.5, 0.75, 1.5, 2.0, 4.0)
_MAX_NUMBER = 100_000
_FLIPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


def tuned(tree: ast.Module, chance: random.Random, donor: ast.Module | None) -> str | None:
    """Scale a number: a constant at the top of the module, or a limit in a layer."""
    named = _numbers([node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)])
    inner = _numbers([*layers(tree), structure(tree)])
    # Named constants are what an author meant to be turned.
    sites = named * 3 + inner
    if not sites:
        return None
    site = chance.choice(sites)
    old = site.value
    assert isinstance(old, int | float)
    new = _scaled(old, chance)
    if new == old:
        return None
    site.value = new
    return f"{old} became {new}"


def _numbers(nodes: Sequence[ast.AST]) -> list[ast.Constant]:
    """Numbers that are amounts: not the places in ``steps[-1]`` and ``entry[1]``."""
    every = [each for node in nodes for each in ast.walk(node)]
    places = {
        inner
        for each in every
        if isinstance(each, ast.Subscript) and not isinstance(each.slice, ast.Slice)
        for inner in ast.walk(each.slice)
    }
    return [
        each
        for each in every
        if isinstance(each, ast.Constant)
        and type(each.value) in (int, float)
        and each not in places
    ]


def _scaled(value: float, chance: random.Random) -> float:
    if isinstance(value, int):
        if abs(value) <= 4:
            return max(0, value + chance.choice((-1, 1)))
        return min(_MAX_NUMBER, max(1, round(value * chance.choice(_FACTORS))))
    scaled = value * chance.choice(_FACTORS) if value else chance.choice((0.05, 0.1, 0.2))
    return min(float(f"{scaled:.3g}"), float(_MAX_NUMBER))


def relaxed(tree: ast.Module, chance: random.Random, donor: ast.Module | None) -> str | None:
    """Leave out one of several conditions, or move the edge of a comparison."""
    sites: list[ast.BoolOp | ast.Compare] = [
        node
        for part in (*layers(tree), structure(tree))
        for node in ast.walk(part)
        if (isinstance(node, ast.BoolOp) and len(node.values) > 2)
        or (isinstance(node, ast.Compare) and type(node.ops[0]) in _FLIPS)
    ]
    if not sites:
        return None
    site = chance.choice(sites)
    if isinstance(site, ast.BoolOp):
        gone = site.values.pop(chance.randrange(len(site.values)))
        return f"no longer asks for {_short(gone)}"
    site.ops[0] = _FLIPS[type(site.ops[0])]()
    return f"now asks for {_short(site)}"


def dropped(tree: ast.Module, chance: random.Random, donor: ast.Module | None) -> str | None:
    """Take a layer out of the chain, with the statements that need it."""
    chain = structure(tree)
    names = {layer.name for layer in layers(tree)}
    sites = [attribute for attribute, made in held(chain).items() if made in names]
    if len(sites) < 2:
        return None
    gone = chance.choice(sites)
    for each in chain.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            each.body = _without(each.body, gone) or [ast.Pass()]
    return f"dropped the layer {held_name(gone)}"


def held_name(attribute: str) -> str:
    """How a layer is called in what people read."""
    return f"self.{attribute}"


def _without(body: list[ast.stmt], attribute: str) -> list[ast.stmt]:
    """Statements but for those that use an attribute, or a name that only they bind."""
    kept: list[ast.stmt] = []
    lost: set[str] = set()
    for node in body:
        if isinstance(node, ast.With | ast.AsyncWith | ast.If | ast.For) and not (
            uses(_head(node), attribute) or _reads(_head(node), lost)
        ):
            node.body = _without(node.body, attribute) or [ast.Pass()]
            if isinstance(node, ast.If | ast.For):
                node.orelse = _without(node.orelse, attribute)
        elif uses(node, attribute) or _reads(node, lost):
            if isinstance(node, ast.Return):
                kept.append(ast.Return(value=ast.Dict(keys=[], values=[])))
            else:
                lost |= {
                    each.id
                    for each in ast.walk(node)
                    if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
                }
            continue
        kept.append(node)
    return kept


def _head(node: ast.With | ast.AsyncWith | ast.If | ast.For) -> ast.AST:
    if isinstance(node, ast.With | ast.AsyncWith):
        return ast.Tuple(elts=[item.context_expr for item in node.items], ctx=ast.Load())
    return node.test if isinstance(node, ast.If) else node.iter


def _reads(node: ast.AST, names: set[str]) -> bool:
    return any(
        isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and each.id in names
        for each in ast.walk(node)
    )


def silenced(tree: ast.Module, chance: random.Random, donor: ast.Module | None) -> str | None:
    """Leave a section out of what is retrieved."""
    body = method(structure(tree), "general_retrieve")
    sites = _sections(body) if body is not None else []
    if len(sites) < 2:
        return None
    name, take_out = chance.choice(sites)
    take_out()
    return f"no longer tells {name[:40]}"


def _sections(body: Function) -> list[tuple[str, Callable[[], object]]]:
    """Sections of an answer with what takes each out: ``{"a": ...}`` and ``x["a"] = ...``."""
    found: list[tuple[str, Callable[[], object]]] = []

    def entry(node: ast.Dict, key: ast.expr) -> Callable[[], object]:
        def take_out() -> None:
            number = node.keys.index(key)
            del node.keys[number], node.values[number]

        return take_out

    def statement(block: list[ast.stmt], node: ast.stmt) -> Callable[[], object]:
        def take_out() -> None:
            block[block.index(node)] = ast.copy_location(ast.Pass(), node)

        return take_out

    for node in ast.walk(body):
        if isinstance(node, ast.Dict):
            found += [
                (key.value, entry(node, key))
                for key in node.keys
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if not isinstance(block, list):
                continue
            for each in block:
                if (
                    isinstance(each, ast.Assign)
                    and isinstance(each.targets[0], ast.Subscript)
                    and isinstance(each.targets[0].slice, ast.Constant)
                    and isinstance(each.targets[0].slice.value, str)
                ):
                    found.append((each.targets[0].slice.value, statement(block, each)))
    return found


def duplicated(tree: ast.Module, chance: random.Random, donor: ast.Module | None) -> str | None:
    """Have a layer twice, the second one with another number in it, and tell both."""
    chain = structure(tree)
    by_name = {layer.name: layer for layer in layers(tree)}
    sites = [(a, made) for a, made in held(chain).items() if made in by_name]
    retrieve, update = method(chain, "general_retrieve"), method(chain, "general_update")
    init = method(chain, "__init__")
    if not sites or retrieve is None or update is None or init is None:
        return None
    attribute, made = chance.choice(sites)
    twin = copy.deepcopy(by_name[made])
    taken = {name for node in tree.body for name in bound_names(node)}
    twin.name = fresh(f"{made}Twin", taken)
    site = _numbers([twin])
    if not site:
        return None
    turned = chance.choice(site)
    assert isinstance(turned.value, int | float)
    turned.value = _scaled(turned.value, chance)
    second = fresh(f"{attribute}_twin", set(held(chain)))
    tree.body.insert(tree.body.index(chain), twin)
    init.body.append(_made(second, twin.name))
    for body in (retrieve, update):
        body.body = _twice(body.body, attribute, second)
    return f"doubled the layer {held_name(attribute)}"


def _twice(body: list[ast.stmt], attribute: str, second: str) -> list[ast.stmt]:
    """Repeat bare calls of a layer for its twin, and tell sections of it under another key."""
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        section = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
        if uses(node, attribute) and (section or isinstance(node, ast.Expr)):
            again = copy.deepcopy(node)
            for each in ast.walk(again):
                if isinstance(each, ast.Attribute) and own_attribute(each) == attribute:
                    each.attr = second
            if isinstance(again, ast.Assign):
                target = again.targets[0]
                assert isinstance(target, ast.Subscript)
                if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
                    target.slice = ast.Constant(value=f"{target.slice.value}_twin")
            found.append(again)
    return found


def _made(attribute: str, name: str) -> ast.stmt:
    return ast.parse(f"self.{attribute} = {name}()").body[0]


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:60]


MUTATIONS: dict[str, Mutation] = {
    "tune": tuned,
    "relax": relaxed,
    "drop": dropped,
    "silence": silenced,
    "duplicate": duplicated,
    "graft": grafted,
    "partition": partitioned,
}
"""By the names that proposals have them under."""
