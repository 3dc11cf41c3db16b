"""One child of a parent: mutations in their order, and where each of them left its marks."""

from __future__ import annotations

import ast
import copy
import hashlib
import random
from collections.abc import Mapping, Sequence
from typing import Any

from alma_safe.search.trees.descriptors import described
from alma_safe.search.trees.mutations import MUTATIONS
from alma_safe.search.trees.parts import NoDesign, pruned, undocumented

MAX_LINES = 1_500
"""Of a child. Grafts of grafts would grow for ever."""


def child(
    parent: str, mutations: Sequence[Mapping[str, Any]], donors: Mapping[str, str]
) -> dict[str, Any]:
    """Return the source of a child, and for each mutation what it did and at which lines.

    A mutation has ``op``, ``seed`` and for some ``donor``, a digest of ``donors``. One that
    finds nothing to change has an empty ``did``. An empty source: the child would be too
    large.
    """
    tree = ast.parse(parent)
    told: list[dict[str, Any]] = []
    marks: list[set[str]] = []
    for each in mutations:
        before = _statements(tree)
        attempt = copy.deepcopy(tree)
        donor = donors.get(each.get("donor", ""))
        chance = random.Random(each["seed"])
        try:
            mutate = MUTATIONS[each["op"]]
            did = mutate(attempt, chance, ast.parse(donor) if donor is not None else None)
            if did is not None:
                pruned(attempt)
        except (NoDesign, ValueError):
            did = None
        if did is not None:
            tree = attempt
        marks.append(_statements(tree) - before)
        told.append({**each, "did": did or ""})
    source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    if source.count("\n") > MAX_LINES:
        return {"source": "", "mutations": told}
    places: dict[str, int] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            places.setdefault(_head(node), node.lineno)
    for each, mark in zip(told, marks, strict=True):
        each["lines"] = sorted({places[text] for text in mark if text in places})
    return {"source": source, "mutations": told}


def fingerprint(source: str) -> dict[str, Any]:
    """Identify what a source says, however it is laid out; describe it where it parses."""
    data = source.encode("utf-8", "surrogatepass")
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {"fingerprint": "text:" + hashlib.sha256(data).hexdigest(), "descriptors": {}}
    # Names of the parts stay: they are what feedback and people speak of.
    text = ast.dump(undocumented(tree))
    return {
        "fingerprint": "tree:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        "descriptors": described(tree, len(data)),
    }


def _statements(tree: ast.Module) -> set[str]:
    return {_head(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)}


def _head(node: ast.stmt) -> str:
    """A statement as text; of one with a body its first line."""
    if isinstance(getattr(node, "body", None), list):
        bare = copy.copy(node)
        bare.body = [ast.Pass()]  # type: ignore[attr-defined]
        if hasattr(bare, "orelse"):
            bare.orelse = []
        return ast.unparse(ast.fix_missing_locations(bare)).partition("\n")[0]
    return ast.unparse(node)
