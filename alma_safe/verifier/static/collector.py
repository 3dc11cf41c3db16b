"""Collects the findings of one design in the worker, bounded, with line and column."""

from __future__ import annotations

import ast
from typing import Any

from alma_safe.report import Finding
from alma_safe.text import visible
from alma_safe.verifier.rule import Rule

_PER_RULE = 12
_NAME_LIMIT = 80


class Collector:
    """Findings by rule; a rule that fires often is cut off and says so at the end."""

    def __init__(self, source: str) -> None:
        self._lines = source.split("\n")
        self._findings: dict[str, list[Finding]] = {}
        self._more: dict[str, int] = {}
        self._places: set[tuple[str, int, int]] = set()

    def add(
        self,
        rule: Rule,
        node: ast.AST | tuple[int, int],
        message: str,
        *,
        hint: str = "",
    ) -> None:
        """Record that ``rule`` is broken at ``node``, or at a (line, column) pair from 1."""
        line, column = node if isinstance(node, tuple) else self._place(node)
        if (rule.id, line, column) in self._places:
            return
        self._places.add((rule.id, line, column))
        found = self._findings.setdefault(rule.id, [])
        if len(found) >= _PER_RULE:
            self._more[rule.id] = self._more.get(rule.id, 0) + 1
            return
        found.append(rule.finding(message, line=line, column=column, hint=hint))

    def records(self) -> list[dict[str, Any]]:
        """All findings as JSON values, in the order of the lines."""
        findings = [finding for found in self._findings.values() for finding in found]
        findings.sort(key=lambda finding: (finding.line, finding.column, finding.rule))
        records = [finding.to_json() for finding in findings]
        for record in records:
            more = self._more.pop(record["rule"], 0)
            if more:
                record["message"] += f" (and {more + _PER_RULE - 1} more places)"
        return records

    def _place(self, node: ast.AST) -> tuple[int, int]:
        line = getattr(node, "lineno", 0)
        offset = getattr(node, "col_offset", 0)
        if not line:
            return 0, 0
        # The parser counts UTF-8 bytes; people count characters.
        if offset and line <= len(self._lines) and not self._lines[line - 1].isascii():
            encoded = self._lines[line - 1].encode("utf-8", errors="replace")
            offset = len(encoded[:offset].decode("utf-8", errors="replace"))
        return line, offset + 1


def shown(name: str) -> str:
    """A name of the design inside a message: short, with nothing invisible in it."""
    return visible(name, _NAME_LIMIT)
