"""A rule: what the gate refuses or warns of, why, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alma_safe.report import Finding, Severity
from alma_safe.text import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of one stage, with a stable id.

    ``reason`` says what could go wrong, ``remedy`` what to write instead. ``warns``
    marks rules that inform unless a policy says otherwise.
    """

    id: str
    stage: str
    title: str
    reason: str
    remedy: str
    warns: bool = False

    def finding(
        self,
        message: str,
        *,
        line: int = 0,
        column: int = 0,
        hint: str = "",
        severity: Severity | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Finding:
        """Build a finding of this rule; the remedy is the hint unless a better one is given."""
        default = Severity.WARNING if self.warns else Severity.ERROR
        return Finding(
            rule=self.id,
            message=visible(message),
            severity=severity or default,
            line=line,
            column=column,
            hint=hint or self.remedy,
            evidence=evidence or {},
        )
