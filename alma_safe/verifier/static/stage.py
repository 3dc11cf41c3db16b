"""The static stage: bytes on the host, everything that parses in bounded processes."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Any

from alma_safe.design import Design
from alma_safe.policy import Policy
from alma_safe.report import Finding, Severity, StageResult
from alma_safe.verifier.bounded.process import WorkerGaveUp
from alma_safe.verifier.static import source
from alma_safe.verifier.static.client import GAVE_UP, Worker
from alma_safe.verifier.static.ruff import Ruff

_INTAKE = "S0"
"""What all ids of intake's rules begin with."""


class StaticStage:
    """Judges the source of designs, one worker process for all of them.

    Belongs to the event loop it is first used in.
    """

    name = "static"

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._worker = Worker(policy)
        self._ruff = Ruff(policy.static, policy.source.timeout_s)
        self._off = frozenset(policy.static.off)
        self._warn = frozenset(policy.static.warn)

    async def intake(self, design: Design) -> tuple[Finding, ...]:
        """Check bytes and parse caps only: what must hold before any tool reads the text."""
        findings = source.check_bytes(design, self._policy.source)
        if not findings:
            findings, _, _ = await self._ask("intake", design.text)
        return self._adjusted(findings)

    async def run(self, design: Design) -> StageResult:
        """Intake, grammar, rules and ruff. Raises ToolFailure when a tool is missing."""
        started = time.perf_counter()
        checks = len(source.RULES)
        findings = source.check_bytes(design, self._policy.source)
        if not findings:
            (found, executed, stopped), linted = await self._both(design)
            checks += executed
            # Ruff would only repeat what the parser said, or choke on what it refused.
            findings = found if stopped else (*found, *linted)
        return StageResult.judged(
            self.name,
            self._adjusted(findings),
            checks=checks,
            duration_s=time.perf_counter() - started,
        )

    async def aclose(self) -> None:
        """End the worker processes."""
        await self._worker.close()
        await self._ruff.close()

    async def _both(
        self, design: Design
    ) -> tuple[tuple[tuple[Finding, ...], int, bool], tuple[Finding, ...]]:
        try:
            async with asyncio.TaskGroup() as group:
                linting = group.create_task(self._ruff.check(design.text))
                checking = group.create_task(self._ask("check", design.text))
        except ExceptionGroup as failures:
            # One plain error, as from any other stage.
            raise failures.exceptions[0] from None
        linted = linting.result()
        if any(finding.rule == "ruff.F821" for finding in linted):
            linted = await self._without_annotations(design.text, linted)
        return checking.result(), linted

    async def _without_annotations(
        self, text: str, linted: tuple[Finding, ...]
    ) -> tuple[Finding, ...]:
        """Demote undefined names in annotations that nothing evaluates: they cannot fail."""
        try:
            reply = await self._worker.check("annotations", text)
        except WorkerGaveUp:
            return linted
        spans = [((a, b), (c, d)) for a, b, c, d in reply["spans"]]
        return tuple(
            _demoted(finding)
            if finding.rule == "ruff.F821"
            and any(start <= (finding.line, finding.column) < end for start, end in spans)
            else finding
            for finding in linted
        )

    async def _ask(self, op: str, text: str) -> tuple[tuple[Finding, ...], int, bool]:
        try:
            reply = await self._worker.check(op, text)
        except WorkerGaveUp as error:
            return (GAVE_UP.finding(f"the checker gave up: {error}"),), 1, True
        findings = tuple(_finding(record) for record in reply["findings"])
        return findings, int(reply["checks"]), bool(reply.get("stopped"))

    def _adjusted(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Apply the policy's ``warn`` and ``off`` lists; order by line, errors first.

        Intake is above any policy: what it refuses, no other tool may read.
        """
        kept = []
        for finding in findings:
            if finding.rule.startswith(_INTAKE):
                kept.append(finding)
                continue
            if finding.rule in self._off:
                continue
            if finding.rule in self._warn and finding.blocks:
                finding = _demoted(finding)
            kept.append(finding)
        kept.sort(key=lambda finding: (not finding.blocks, finding.line, finding.column))
        return tuple(kept)


def _demoted(finding: Finding) -> Finding:
    return dataclasses.replace(finding, severity=Severity.WARNING)


def _finding(record: dict[str, Any]) -> Finding:
    return Finding(
        rule=str(record["rule"]),
        message=str(record["message"]),
        severity=Severity(record["severity"]),
        line=int(record["line"]),
        column=int(record["column"]),
        hint=str(record["hint"]),
        evidence=dict(record["evidence"]),
    )
