"""Findings that are known and waited for: a file beside the designs, never in them.

Each entry says which rule in which design, why, and until when. A finding that is known
does not refuse; it is still reported, as a warning with the reason. An entry that has
expired is an error of the file: nothing stays known for ever.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from alma_safe.errors import UsageError
from alma_safe.files import read_regular
from alma_safe.report import DesignReport, Finding, Severity, StageResult, Status
from alma_safe.text import visible

SCHEMA = "alma-safe/known/v1"
_KEYS = {"design", "rule", "line", "reason", "expires"}
_MAX_BYTES = 1024 * 1024
_NEVER = frozenset({"static"})
"""Stages whose refusals cannot be known: what they let through is run on trust of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One entry. ``digest``: of the design that it was made for, ``sha256:...``."""

    digest: str
    rule: str
    reason: str
    expires: datetime.date
    line: int = 0

    def covers(self, finding: Finding) -> bool:
        """Whether it speaks of a finding."""
        return finding.rule == self.rule and self.line in (0, finding.line)


def read_known(
    path: Path, *, today: datetime.date | None = None, rules: Collection[str] | None = None
) -> tuple[Known, ...]:
    """Read a file. Raises UsageError that names the entry and what is wrong with it.

    ``rules``: ids that findings can carry, where those are to be checked; ruff's aside.
    """
    try:
        tables = tomllib.loads(read_regular(path, _MAX_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a TOML file: {visible(str(error))}") from None
    if tables.pop("schema", None) != SCHEMA:
        raise UsageError(f'{path}: schema = "{SCHEMA}" is missing')
    entries = tables.pop("known", [])
    if tables or not isinstance(entries, list):
        raise UsageError(f"{path}: it holds [[known]] tables and nothing else")
    known = tuple(
        _entry(path, number, entry, today or datetime.date.today())
        for number, entry in enumerate(entries, 1)
    )
    for number, each in enumerate(known, 1):
        if rules is not None and each.rule not in rules and not each.rule.startswith("ruff."):
            near = get_close_matches(each.rule[:80], rules, n=3)
            raise UsageError(
                f"{path}: entry {number}: no rule {visible(each.rule, 80)}",
                hint=f"did you mean {', '.join(near)}?" if near else "`alma-safe explain --list`",
            )
    return known


def _entry(path: Path, number: int, entry: object, today: datetime.date) -> Known:
    where = f"{path}: entry {number}"
    if not isinstance(entry, dict) or not entry.keys() <= _KEYS:
        raise UsageError(f"{where}: keys are {', '.join(sorted(_KEYS))}")
    for key in ("design", "rule", "reason"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise UsageError(f"{where}: {key} is missing")
    if not entry["design"].startswith("sha256:"):
        raise UsageError(
            f"{where}: design is a digest, sha256:...", hint="`--format json` shows it"
        )
    expires, line = entry.get("expires"), entry.get("line", 0)
    if type(expires) is not datetime.date or type(line) is not int:
        raise UsageError(f"{where}: expires is a date, line a number", hint="expires = 2027-01-31")
    if expires < today:
        raise UsageError(
            f"{where}: {visible(entry['rule'], 80)} expired on {expires}",
            hint="repair the design, or give the entry another date and reason",
        )
    return Known(
        digest=entry["design"],
        rule=entry["rule"],
        reason=entry["reason"],
        expires=expires,
        line=line,
    )


def idle(reports: Sequence[DesignReport], known: Sequence[Known], *, every: bool) -> Iterator[str]:
    """What there is to say of entries that forgive nothing in ``reports``, as they were judged.

    ``every``: whether an entry of a design that is not among them is idle, too.
    """
    for each in known:
        told = f"{visible(each.rule, 80)} of {visible(each.digest[:19], 40)}..."
        mine = [report for report in reports if report.digest == each.digest]
        stages = {
            stage.name
            for report in mine
            for stage in report.stages
            if any(finding.blocks and each.covers(finding) for finding in stage.findings)
        }
        if not mine and every:
            yield f"{told} matches nothing: no such design was judged"
        elif mine and not stages:
            yield f"{told} matches nothing: no such finding refuses it"
        elif mine and stages <= _NEVER:
            yield f"{told} is of no use: refusals of the stage static stay refusals"


def forgiven(report: DesignReport, known: Sequence[Known]) -> DesignReport:
    """The report with what is known as warnings. Stages that only that refused have passed.

    What comes after such a stage was not run, so the verdict is at best ``partial``. The
    static stage is never forgiven.
    """
    mine = [each for each in known if each.digest == report.digest]
    if not mine:
        return report
    return replace(report, stages=tuple(_stage(stage, mine) for stage in report.stages))


def _stage(stage: StageResult, known: Sequence[Known]) -> StageResult:
    if stage.name in _NEVER:
        return stage
    findings = tuple(_finding(finding, known) for finding in stage.findings)
    if findings == stage.findings:
        return stage
    blocked = any(finding.blocks for finding in findings)
    return replace(
        stage,
        findings=findings,
        status=Status.PASSED if stage.status is Status.FAILED and not blocked else stage.status,
    )


def _finding(finding: Finding, known: Sequence[Known]) -> Finding:
    for each in known:
        if finding.blocks and each.covers(finding):
            told = f"known until {each.expires}: {visible(each.reason, 200)}. {finding.message}"
            return replace(finding, severity=Severity.WARNING, message=told)
    return finding
