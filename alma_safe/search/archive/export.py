"""A run as plain data, without its clocks: the same for the same run, however it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from alma_safe.search.archive.reader import Reader
from alma_safe.search.records import Judgement, Measured, Purpose

SCHEMA = "alma-safe/archive/v1"


def exported(archive: Reader) -> dict[str, Any]:
    """Return everything that a run found. Sources are by digest, in its folder."""
    settings = archive.settings
    candidates = archive.candidates()
    proposals: dict[tuple[int, int], list[dict[str, Any]]] = {
        (each.step, each.slot): [] for each in candidates
    }
    judgements = {(j.step, j.slot, j.attempt): j for j in archive.judgements()}
    for each in archive.proposals():
        judgement = judgements.get((each.step, each.slot, each.attempt))
        proposals.setdefault((each.step, each.slot), []).append(
            {
                "attempt": each.attempt,
                "digest": each.digest,
                "fingerprint": each.fingerprint,
                "origin": each.origin,
                "detail": dict(each.detail),
                "judgement": _judgement(judgement) if judgement is not None else None,
            }
        )
    return {
        "schema": SCHEMA,
        "settings": settings.to_json(),
        "collection": archive.collection(),
        "steps": [
            {"step": step, "parents": list(parents)} for step, parents in archive.steps().items()
        ],
        "candidates": [
            {
                **asdict(each),
                "state": each.state.value,
                "reflection": archive.reflection(each.step, each.slot),
                "proposals": proposals[each.step, each.slot],
            }
            for each in candidates
        ],
        "evaluations": [
            _measured(found)
            for purpose in Purpose
            for digest in archive.evaluated(purpose)
            if (found := archive.evaluation(digest, purpose)) is not None
        ],
        "calls": archive.calls(),
        "outcome": archive.outcome(),
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    """A report without durations and measured amounts."""
    return {
        "verdict": judgement.verdict,
        "reused": judgement.reused,
        "stages": [
            {
                "name": stage["name"],
                "status": stage["status"],
                "findings": [_finding(finding) for finding in stage["findings"]],
            }
            for stage in judgement.report.get("stages", ())
        ],
    }


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {key: finding[key] for key in ("rule", "severity", "line")}


def _measured(measured: Measured) -> dict[str, Any]:
    body = measured.to_json()
    # Time and memory are of the machine, not of the run.
    del body["seconds"], body["memory_bytes"]
    return body
