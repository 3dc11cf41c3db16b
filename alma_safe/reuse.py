"""Reports of designs that were judged before, by all that a verdict follows from.

A report is used again for the same bytes, policy, stages, recorders, seed, sandbox and tools,
our own code among them; one changed byte in any, and the design is judged. Only verdicts
are kept: a fault of ours is tried again, and so is what a weakened sandbox let through.
Whoever can write where they are kept can make one up, so none is taken from a checkout.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alma_safe.cache import cache_dir, write_atomically
from alma_safe.design import Design
from alma_safe.errors import InfrastructureError
from alma_safe.policy import Policy
from alma_safe.recorders import material_digest, recorder_schema
from alma_safe.report import DesignReport, StageResult, Verdict
from alma_safe.tools import code_digest, versions

SCHEMA = "alma-safe/reuse/v1"
_FOLDER = "reports"
_MAX_BYTES = 8 * 1024 * 1024
_MAX_KEPT = 4096
_KEPT = (Verdict.ACCEPTED, Verdict.PARTIAL, Verdict.REJECTED)


class Reports:
    """What was judged under the same conditions, and what is judged now."""

    def __init__(
        self,
        policy: Policy,
        *,
        stages: tuple[str, ...],
        all_stages: bool,
        domain: str | None,
        seed: int,
        sandbox: Mapping[str, Any] | None,
    ) -> None:
        self._policy = policy
        self._folder = cache_dir(_FOLDER)
        self._believed = not _checked_out(self._folder)
        self._conditions = {
            "schema": SCHEMA,
            "policy": policy.ref.digest,
            "stages": sorted(stages),
            "all_stages": all_stages,
            "recorders": material_digest(recorder_schema(domain)),
            "seed": seed,
            "sandbox": sandbox,
            "tools": versions(),
            "code": code_digest(),
        }

    def find(self, design: Design) -> DesignReport | None:
        """The report of these bytes, or None. What cannot be read is no report."""
        path = self._path(design.digest)
        if path is None or not self._believed:
            return None
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            with path.open("rb") as stream:
                values = json.loads(stream.read(_MAX_BYTES))
            if values["design"] != design.digest:
                return None
            report = DesignReport(
                path=design.path,
                digest=design.digest,
                policy=self._policy.ref,
                stages=tuple(StageResult.from_json(each) for each in values["stages"]),
                reused=True,
                source=design.shown_text,
            )
            if report.verdict in _KEPT:
                return report
        return None

    def keep(self, report: DesignReport) -> None:
        """Keep a verdict. A cache that cannot be written costs time later, and nothing else."""
        path = self._path(report.digest)
        if path is None or report.verdict not in _KEPT or _weakened(report):
            return
        stages = [stage.to_json() for stage in report.stages]
        unkept = (InfrastructureError, OSError, ValueError, TypeError, RecursionError)
        with contextlib.suppress(*unkept):
            text = json.dumps({"design": report.digest, "stages": stages})
            if len(text) > _MAX_BYTES:
                return
            write_atomically(path, text.encode("ascii"))
            self._forget_oldest()

    def _path(self, digest: str | None) -> Path | None:
        if digest is None:
            return None
        return self._folder / f"{_digest(_canonical({**self._conditions, 'design': digest}))}.json"

    def _forget_oldest(self) -> None:
        kept = list(self._folder.glob("*.json"))
        if len(kept) > _MAX_KEPT:
            kept.sort(key=lambda path: path.stat().st_mtime)
            for path in kept[: len(kept) - _MAX_KEPT * 3 // 4]:
                path.unlink(missing_ok=True)


def _checked_out(folder: Path) -> bool:
    """Whether a folder lies in the checkout that we are run in: it may have come with it."""
    try:
        here = Path.cwd()
    except OSError:
        return False
    checkouts = {place for place in (here, *here.parents) if os.path.lexists(place / ".git")}
    return not checkouts.isdisjoint(folder.resolve().parents)


def _weakened(report: DesignReport) -> bool:
    """Whether some guard was missing when a guest ran."""
    return any(stage.usage.get("degraded") for stage in report.stages)


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
