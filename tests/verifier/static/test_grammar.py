"""Syntax that nobody has reviewed is refused, whatever a later Python brings."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from alma_safe.policy import load_policy
from alma_safe.verifier.static.collector import Collector
from alma_safe.verifier.static.grammar import DesignGrammar
from alma_safe.verifier.static.settings import from_json, to_json
from alma_safe.verifier.static.tree import Tree

SETTINGS = from_json(to_json(load_policy("strict")))


class Swap(ast.NodeTransformer):
    """Puts ``new`` in the place of every node of the kind ``old``."""

    def __init__(self, old: type[ast.AST], new: ast.AST) -> None:
        self.old = old
        self.new = new

    def visit(self, node: ast.AST) -> Any:
        """Swap the node, or look into it."""
        if isinstance(node, self.old):
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


def refused(source: str, old: type[ast.AST], new: ast.AST) -> list[tuple[str, int]]:
    module = Swap(old, new).visit(ast.parse(source))
    collector = Collector(source)
    DesignGrammar(Tree(source, module, SETTINGS), SETTINGS, collector).check()
    return [(record["rule"], record["line"]) for record in collector.records()]


def made(name: str, base: type[ast.AST]) -> ast.AST:
    """A node of a kind that does not exist yet."""
    kind: type[ast.AST] = type(name, (base,), {"_fields": ()})
    return kind()


@pytest.mark.parametrize("name", ["Unheard", "TemplateStr", "Interpolation"])
@pytest.mark.parametrize(
    "source",
    ["x = 1", "def f(y=1): return y", "async def f():\n    await 1", "class A:\n    x: int = 1"],
)
def test_an_expression_that_nobody_knows_is_refused(name, source):
    line = source.count("\n") + 1
    assert refused(source, ast.Constant, made(name, ast.expr)) == [("S020", line)]


def test_a_statement_that_nobody_knows_is_refused():
    assert refused("x = 1\npass", ast.Pass, made("Unheard", ast.stmt)) == [("S020", 2)]


def test_a_pattern_that_nobody_knows_is_refused():
    source = "match x:\n    case [1, 2]: pass"
    assert refused(source, ast.MatchValue, made("Unheard", ast.pattern)) == [("S020", 2)]


@pytest.mark.parametrize(
    ("source", "old", "base"),
    [
        ("x = y + 1", ast.Add, ast.operator),
        ("x += 1", ast.Add, ast.operator),
        ("x = -y", ast.USub, ast.unaryop),
        ("x = y and z", ast.And, ast.boolop),
        ("x = y < z", ast.Lt, ast.cmpop),
        ("x = 1 < y < z", ast.Lt, ast.cmpop),
    ],
)
def test_an_operator_that_nobody_knows_is_refused(source, old, base):
    assert refused(source, old, made("Unheard", base)) == [("S020", 1)]


@pytest.mark.parametrize("source", ["x = y + -1 and 1 < z", "x += 1", "pass"])
def test_what_is_known_is_let_through(source):
    assert refused(source, ast.Global, ast.Pass()) == []
