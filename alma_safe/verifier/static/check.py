"""All checks of the worker on one source, in order: parse, grammar, rules."""

from __future__ import annotations

from typing import Any

from alma_safe.verifier.static import grammar, parse
from alma_safe.verifier.static.collector import Collector
from alma_safe.verifier.static.rules import (
    attributes,
    bombs,
    effects,
    errors,
    formats,
    imports,
    names,
    shape,
    suppressions,
    trojan,
)
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree

FAMILIES = (
    imports,
    names,
    attributes,
    formats,
    effects,
    suppressions,
    trojan,
    bombs,
    shape,
    errors,
)

RULES = (
    *parse.RULES,
    *grammar.RULES,
    *(rule for family in FAMILIES for rule in family.RULES),
)


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

    def _tree(self, source: str, collector: Collector) -> Tree | None:
        last, self._last = self._last, None
        if last is not None and last[0] == source:
            parse.check_literals(last[1], self.settings, collector)
            return last[1]
        return parse.parse(source, self.settings, collector)

