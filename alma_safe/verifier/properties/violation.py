"""A property that did not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alma_safe.report import Finding, Severity
from alma_safe.verifier.properties.episodes import Operation
from alma_safe.verifier.rule import Rule


@dataclass(slots=True, kw_only=True)
class Violation(Exception):
    """A property that did not hold, and the operations that showed it."""

    rule: Rule
    message: str
    line: int = 0
    trail: list[Operation] = field(default_factory=list)
    outage: bool = False
    severity: Severity | None = None
    hint: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message

    @property
    def fatal(self) -> bool:
        """Whether it cost the guest its life."""
        return "ending" in self.detail

    def finding(self, evidence: dict[str, Any] | None = None) -> Finding:
        """Turn it into a finding."""
        return self.rule.finding(
            self.message,
            line=self.line,
            severity=self.severity,
            hint=self.hint,
            evidence={**self.detail, **(evidence or {})},
        )
