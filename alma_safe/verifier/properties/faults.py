"""What a design does when its models fail: the section ``faulty_model`` of the battery.

A fault lasts for two updates and a retrieve. What it may cost is judged against the
same calls under a healthy model, so that a window that moved on is no loss.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from alma_safe.report import Finding
from alma_safe.verifier.properties import rules
from alma_safe.verifier.properties.model import EMPTY_ANSWER, GARBAGE, Fault
from alma_safe.verifier.properties.steps import FRESH, Memory, retrieve, update
from alma_safe.verifier.properties.trial import Trial
from alma_safe.verifier.properties.violation import Violation


async def faulty_model(trial: Trial) -> list[Finding]:
    """Outages and bad answers: no crash on them, and nothing that was learnt is lost."""
    if not trial.uses_model:
        return []
    findings: list[Finding] = []
    healthy = await _fault_story(trial, Fault.NONE, findings)
    for fault in Fault:
        if fault is Fault.NONE:
            continue
        suffered = await _fault_story(trial, fault, findings)
        lost = _lost(healthy, suffered)
        if lost:
            findings.append(_destroyed(trial, fault, lost, suffered.after))
    return _first_of_each(findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """What one query was answered: on an empty memory, before and after the fault."""

    empty: Any
    before: Any
    after: Any


async def _fault_story(trial: Trial, fault: Fault, findings: list[Finding]) -> _Story:
    """Learn, let the fault last for a while, and ask again; the same calls for every fault."""
    subject, question = trial.subject, retrieve(trial.queries[0])
    lessons = trial.story(
        "faults", lambda: [FRESH, question, *map(update, trial.training[:5]), question]
    )
    memory, (empty, before) = await subject.play(lessons)
    subject.model.fault = fault
    try:
        findings += await _under_fault(trial, memory, fault)
    finally:
        subject.model.fault = Fault.NONE
    memory, (after,) = await subject.play([question, update(trial.training[6])], memory)
    return _Story(empty=empty, before=before, after=after)


async def _under_fault(trial: Trial, memory: Memory, fault: Fault) -> list[Finding]:
    findings: list[Finding] = []
    for step in (
        update(trial.training[5]),
        retrieve(trial.queries[1]),
        update(trial.training[6]),
    ):
        try:
            await trial.subject.play([step], memory)
        except Violation as violation:
            if violation.outage:
                message = f"general_{step.op} raised when {fault.value}"
                findings.append(rules.OUTAGE.finding(message, line=violation.line))
                continue
            violation.message = f"when {fault.value}, {violation.message}"
            violation.trail = []
            if violation.rule in (rules.RAISED, rules.EMPTY):
                violation.rule = rules.LLM_CRASH
            raise
    return findings


def _destroyed(trial: Trial, fault: Fault, lost: str, after: Any) -> Finding:
    message = f"when {fault.value}, {lost}"
    shown = json.dumps(after)
    # A design that asks for free text cannot tell a bad answer from a good one.
    if trial.subject.model.plain_chats and (GARBAGE[:4] in shown or EMPTY_ANSWER in shown):
        return rules.LLM_REPLACED.finding(message)
    raise Violation(rule=rules.LLM_WIPES, message=message)


def _lost(healthy: _Story, suffered: _Story) -> str:
    """Say what the fault cost: known before, still known without a fault, gone with it."""
    for path, text in sorted(_leaves(suffered.before)):
        still = dict(_leaves(healthy.after)).get(path)
        if text and still and not dict(_leaves(suffered.after)).get(path):
            return f"{path} is lost: it was {text[:60]!r}, now nothing"
    known = (_words(suffered.before) & _words(healthy.after)) - _words(suffered.empty)
    if len(known) < 3:
        return ""
    kept = len(known & _words(suffered.after)) / len(known)
    if kept >= 0.34:
        return ""
    replaced = GARBAGE[:4] in json.dumps(suffered.after)
    where = ", ".join(sorted(key for key, _ in _leaves(suffered.before))[:4])
    return f"{round(100 * (1 - kept))} % of what was learnt is lost from {where}" + (
        ", the bad answer stands in its place" if replaced else ""
    )


def _leaves(answer: Any) -> list[tuple[str, str]]:
    """The top-level keys of an answer, each with all its text."""
    if not isinstance(answer, dict):
        return []
    return [(f"result.{key}", " ".join(sorted(_words(value)))) for key, value in answer.items()]


def _words(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_words(inner) for inner in value.values()), set())
    if isinstance(value, list):
        return set().union(*(_words(inner) for inner in value), set())
    return set(value.lower().split()) if isinstance(value, str) else set()


def _first_of_each(findings: list[Finding]) -> list[Finding]:
    seen: dict[str, Finding] = {}
    for finding in findings:
        seen.setdefault(finding.rule, finding)
    return list(seen.values())
