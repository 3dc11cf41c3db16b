"""All checks of the worker on one source, in order: parse, grammar, rules."""

from __future__ import annotations

import ast
from typing import Any

from alma_safe.verifier.static import grammar, parse
from alma_safe.verifier.static.collector import Collector
from alma_safe.verifier.static.rules import (
    attributes,
    bindings,
    bombs,
    effects,
    enums,
    errors,
    forged,
    formats,
    imports,
    loops,
    names,
    reach,
    shape,
    state,
    suppressions,
    trojan,
)
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

FAMILIES = (
    bindings,
    imports,
    names,
    enums,
    reach,
    state,
    forged,
    attributes,
    formats,
    effects,
    suppressions,
    trojan,
    bombs,
    loops,
    shape,
    errors,
)

RULES = (
    *parse.RULES,
    *grammar.RULES,
    *(rule for family in FAMILIES for rule in family.RULES),
)


def lazy_annotations(tree: Tree) -> list[tuple[int, int, int, int]]:
    """Spans of annotations that are strings or, by PEP 563, never evaluated; from 1, in bytes."""
    postponed = any(
        node.module == "__future__" and any(alias.name == "annotations" for alias in node.names)
        for node in tree.nodes(ast.ImportFrom)
    )
    found: list[ast.expr] = []
    for node in tree.nodes(ast.arg, ast.AnnAssign):
        local = isinstance(node, ast.AnnAssign) and tree.scopes[node].kind == "function"
        if node.annotation is not None:
            found += _lazy(node.annotation, postponed or local)
    for node in tree.nodes(*FUNCTIONS):
        if node.returns is not None:
            found += _lazy(node.returns, postponed)
    return [
        (node.lineno, node.col_offset + 1, node.end_lineno or 0, (node.end_col_offset or 0) + 1)
        for node in found
    ]


def _lazy(annotation: ast.expr, whole: bool) -> list[ast.expr]:
    if whole:
        return [annotation]
    return [
        node
        for node in ast.walk(annotation)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


class Checker:
    """Checks sources one after the other; remembers the last tree between two requests."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._last: tuple[str, Tree] | None = None

    def intake(self, source: str) -> dict[str, Any]:
        """Parse and apply the caps only."""
        collector = Collector(source)
        tree = parse.parse(source, self.settings, collector)
        self._last = (source, tree) if tree is not None else None
        return {"findings": collector.records(), "checks": len(parse.RULES)}

    def check(self, source: str) -> dict[str, Any]:
        """Parse, and apply the grammar and every rule."""
        collector = Collector(source)
        tree = self._tree(source, collector)
        if tree is None:
            return {"findings": collector.records(), "checks": len(parse.RULES), "stopped": True}
        grammar.DesignGrammar(tree, self.settings, collector).check()
        for family in FAMILIES:
            family.check(tree, self.settings, collector)
        return {"findings": collector.records(), "checks": len(RULES)}

    def annotations(self, source: str) -> dict[str, Any]:
        """Where the annotations are that are never evaluated: [line, column, line, column]."""
        tree = self._tree(source, Collector(source))
        return {"spans": lazy_annotations(tree) if tree is not None else []}

    def _tree(self, source: str, collector: Collector) -> Tree | None:
        last, self._last = self._last, None
        if last is not None and last[0] == source:
            parse.check_literals(last[1], self.settings, collector)
            return last[1]
        return parse.parse(source, self.settings, collector)
