"""What the gate found: findings, stages, designs, the whole run.

Verdicts are derived from what happened, never stored, so they cannot disagree
with the evidence. The JSON form is ``alma-safe/report/v1``; its schema is
shipped as ``alma_safe/formats/report.schema.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = "alma-safe/report/v1"

STAGES = ("static", "types", "properties", "execution")
"""The stages in the order in which a design passes them."""


class Severity(StrEnum):
    """``error`` blocks a design, ``warning`` only informs."""

    ERROR = "error"
    WARNING = "warning"


class Status(StrEnum):
    """How one stage ended. ``error`` is a fault of our side, not of the design."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


class Verdict(StrEnum):
    """What came out, from best to worst.

    ``partial``: every stage that was asked for passed, but not all were asked for.
    """

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REJECTED = "rejected"
    ERROR = "error"

    @property
    def badness(self) -> int:
        """Position from best (0) to worst."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with a design.

    ``rule`` is a stable id (``alma-safe explain RULE``); ``line`` (from 1) and
    ``column`` (from 1) are 0 when the finding has no place; ``hint`` says what to do
    instead; ``evidence`` holds JSON values: the shrunk failing call, counters.
    """

    rule: str
    message: str
    severity: Severity = Severity.ERROR
    line: int = 0
    column: int = 0
    hint: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        """Whether this finding alone refuses the design."""
        return self.severity is Severity.ERROR

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the report schema."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.message,
            "line": self.line,
            "column": self.column,
            "hint": self.hint,
            "evidence": dict(self.evidence),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Finding:
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError."""
        return cls(**{**values, "severity": Severity(values["severity"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    """What one stage did. ``checks`` counts what was really executed."""

    name: str
    status: Status
    duration_s: float = 0.0
    checks: int = 0
    findings: tuple[Finding, ...] = ()
    usage: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def judged(
        cls,
        name: str,
        findings: tuple[Finding, ...],
        *,
        checks: int,
        duration_s: float,
        usage: Mapping[str, Any] | None = None,
    ) -> StageResult:
        """Derive the status: a blocking finding fails, zero executed checks are an error."""
        if any(finding.blocks for finding in findings):
            status = Status.FAILED
        elif checks <= 0:
            # A stage that looked at nothing must never count as a pass.
            status = Status.ERROR
        else:
            status = Status.PASSED
        return cls(
            name=name,
            status=status,
            duration_s=duration_s,
            checks=checks,
            findings=findings,
            usage=usage or {},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the report schema."""
        return {
            "name": self.name,
            "status": self.status.value,
            "duration_s": round(self.duration_s, 4),
            "checks": self.checks,
            "findings": [finding.to_json() for finding in self.findings],
            "usage": dict(self.usage),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StageResult:
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError."""
        findings = tuple(Finding.from_json(each) for each in values["findings"])
        return cls(**{**values, "status": Status(values["status"]), "findings": findings})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRef:
    """Which policy judged: its name and the digest of its effective content."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignReport:
    """One design's way through the stages.

    ``digest`` is ``sha256:<hex>`` of the file's bytes, or None for a file too large
    to be read whole. ``source`` is the text for showing findings in place; it is
    not part of the JSON. ``reused``: the stages ran earlier, for the same bytes and all
    else that a verdict follows from.
    """

    path: str
    digest: str | None
    policy: PolicyRef
    stages: tuple[StageResult, ...]
    reused: bool = False
    source: str = field(default="", repr=False)

    @property
    def verdict(self) -> Verdict:
        """Accepted only when every stage there is has passed."""
        statuses = {stage.name: stage.status for stage in self.stages}
        if Status.FAILED in statuses.values():
            return Verdict.REJECTED
        if Status.ERROR in statuses.values() or not statuses:
            return Verdict.ERROR
        if all(statuses.get(name) is Status.PASSED for name in STAGES):
            return Verdict.ACCEPTED
        if Status.PASSED in statuses.values():
            return Verdict.PARTIAL
        return Verdict.ERROR

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in stage order."""
        return tuple(finding for stage in self.stages for finding in stage.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the report schema."""
        return {
            "path": self.path,
            "digest": self.digest,
            "policy": {"name": self.policy.name, "digest": self.policy.digest},
            "verdict": self.verdict.value,
            "reused": self.reused,
            "stages": [stage.to_json() for stage in self.stages],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The sandbox that guests ran in, and what doctor witnessed of it on this host.

    ``doctor`` is the digest of that examination, None where there was none since the host
    was started; ``outcomes`` counts its outcomes.
    """

    backend: str
    doctor: str | None
    outcomes: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "backend": self.backend,
            "doctor": self.doctor,
            "outcomes": dict(sorted(self.outcomes.items())),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole run over designs. No ``environment``: no sandbox was asked for.

    ``nothing_due``: why there was no design to judge, where that is as it should be.
    """

    designs: tuple[DesignReport, ...]
    tool_version: str
    environment: Environment | None = None
    nothing_due: str = ""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all designs; a run over nothing is an error, or nothing was due."""
        if not self.designs and self.nothing_due:
            # Nothing was accepted, and nothing that was asked for did not pass.
            return Verdict.PARTIAL
        verdicts = [design.verdict for design in self.designs]
        return max(verdicts, key=lambda verdict: verdict.badness, default=Verdict.ERROR)

    @property
    def exit_code(self) -> int:
        """0 nothing refused, 1 rejected, 3 infrastructure."""
        return {
            Verdict.ACCEPTED: 0,
            Verdict.PARTIAL: 0,
            Verdict.REJECTED: 1,
            Verdict.ERROR: 3,
        }[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """Return the whole report as JSON values."""
        return {
            "schema": SCHEMA,
            "tool": {"name": "alma-safe", "version": self.tool_version},
            "environment": self.environment.to_json() if self.environment else None,
            "verdict": self.verdict.value,
            "designs": [design.to_json() for design in self.designs],
        }
