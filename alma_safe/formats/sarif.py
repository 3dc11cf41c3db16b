"""The report as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

import hashlib
import json
import os.path
import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from alma_safe.formats.base import Json, clean, fault, shown
from alma_safe.formats.excerpt import source_line
from alma_safe.report import DesignReport, Finding, Report, Severity, StageResult, Status, Verdict
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.verifier.rule import Rule

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

FINGERPRINT = "almaSafe/v1"
"""Key of the fingerprint: rule, path, the text of the line, and which of several alike it is.
Line numbers are not part of it, so a finding keeps its identity when lines move."""


class SarifFormat:
    """One run with one result per finding.

    ``rules`` describes the rules by id; by default it is the catalogue of the gate.
    """

    name = "sarif"

    def __init__(self, rules: Mapping[str, Rule] | None = None) -> None:
        self._rules = rules

    def render(self, report: Report, *, color: bool = False) -> str:
        """Return one SARIF log in plain ASCII."""
        run = _Run(report, self._catalogue(report))
        log: Json = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run.to_json()]}
        return json.dumps(log, indent=2, allow_nan=False) + "\n"

    def _catalogue(self, report: Report) -> Mapping[str, Rule]:
        if self._rules is not None:
            return self._rules
        if not any(design.findings for design in report.designs):
            return {}
        from alma_safe.verifier.catalogue import rules

        return rules()


class _Run:
    """Collects what SARIF keeps in tables: rules, artifacts, results, notifications."""

    def __init__(self, report: Report, catalogue: Mapping[str, Rule]) -> None:
        self._report = report
        self._catalogue = catalogue
        self._rules: dict[str, Json] = {}
        self._indices: dict[str, int] = {}
        self._artifacts: list[Json] = []
        self._places: dict[tuple[str, str | None], int] = {}
        self._results: list[Json] = []
        self._notifications: list[Json] = []
        self._alike: Counter[str] = Counter()
        for design in report.designs:
            self._add(design)

    def to_json(self) -> Json:
        invocation: dict[str, Json] = {
            "executionSuccessful": self._report.verdict is not Verdict.ERROR,
            "exitCode": self._report.exit_code,
        }
        if self._notifications:
            invocation["toolExecutionNotifications"] = self._notifications
        driver: dict[str, Json] = {
            "name": "alma-safe",
            "version": visible(self._report.tool_version),
            "rules": list(self._rules.values()),
        }
        return {
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "artifacts": self._artifacts,
            "results": self._results,
            "properties": {
                "verdict": self._report.verdict.value,
                "designs": [_outcome(design) for design in self._report.designs],
            },
        }

    def _add(self, design: DesignReport) -> None:
        place = self._artifact(design)
        if reason := fault(design):
            self._notifications.append(_notification(reason, place))
        for stage in design.stages:
            if stage.status is Status.ERROR:
                self._notifications.append(_notification(_broken(stage), place))
            for finding in stage.findings:
                # What blocks in a stage that could not judge is a fault of ours: told above,
                # it must not be shown as an annotation of the design.
                if stage.status is Status.ERROR and finding.blocks:
                    continue
                self._results.append(self._result(finding, stage, design, place))

    def _artifact(self, design: DesignReport) -> dict[str, Json]:
        """Enter a design once and return the location that points at it."""
        uri = _uri(design.path)
        key = (uri, design.digest)
        if key not in self._places:
            self._places[key] = len(self._artifacts)
            entry: dict[str, Json] = {
                "location": {"uri": uri},
                "roles": ["analysisTarget"],
                "sourceLanguage": "python",
            }
            if design.digest is not None:
                entry["hashes"] = {"sha-256": visible(design.digest.removeprefix("sha256:"))}
            self._artifacts.append(entry)
        return {"uri": uri, "index": self._places[key]}

    def _result(
        self, finding: Finding, stage: StageResult, design: DesignReport, place: dict[str, Json]
    ) -> Json:
        rule = visible(finding.rule, 200)
        if rule not in self._rules:
            self._indices[rule] = len(self._rules)
            self._rules[rule] = _descriptor(rule, finding, stage, self._catalogue.get(finding.rule))
        location: dict[str, Json] = {"artifactLocation": dict(place)}
        if finding.line > 0:
            region: dict[str, Json] = {"startLine": finding.line}
            if finding.column > 0:
                region["startColumn"] = finding.column
            location["region"] = region
        text = finding.message + (f"\nhint: {finding.hint}" if finding.hint else "")
        return {
            "ruleId": rule,
            "ruleIndex": self._indices[rule],
            "level": finding.severity.value,
            "message": {"text": _message(text)},
            "locations": [{"physicalLocation": location}],
            "partialFingerprints": {FINGERPRINT: self._fingerprint(finding, design)},
            "properties": {"stage": visible(stage.name), "evidence": clean(finding.evidence)},
        }

    def _fingerprint(self, finding: Finding, design: DesignReport) -> str:
        line = " ".join((source_line(design.source, finding.line) or "").split())
        base = json.dumps([finding.rule, _uri(design.path), line])
        self._alike[base] += 1
        return hashlib.sha256(f"{base}:{self._alike[base]}".encode()).hexdigest()[:32]


def _descriptor(rule_id: str, finding: Finding, stage: StageResult, rule: Rule | None) -> Json:
    """Describe a rule; one that the catalogue lacks is a code of the tool in its prefix."""
    if rule is None:
        tool, _, code = rule_id.partition(".")
        title = f"{tool} {code}" if code else rule_id
        reason, remedy, level = f"Reported by {title}.", finding.hint or title, finding.severity
    else:
        title, reason, remedy = rule.title, rule.reason, rule.remedy
        level = Severity.WARNING if rule.warns else Severity.ERROR
    return {
        "id": rule_id,
        "shortDescription": {"text": shown(title) or rule_id},
        "fullDescription": {"text": shown(reason) or rule_id},
        "help": {"text": shown(remedy) or rule_id},
        "defaultConfiguration": {"level": level.value},
        "properties": {"tags": [visible(stage.name)]},
    }


def _message(text: str) -> str:
    """Write text so that a viewer makes neither links nor placeholders of it."""
    text = shown(text).replace("](", "\\](")
    return re.sub(r"\{(\d+)\}", r"{{\1}}", text) or "(no message)"


def _notification(text: str, place: dict[str, Json]) -> Json:
    return {
        "level": "error",
        "message": {"text": _message(text)},
        "locations": [{"physicalLocation": {"artifactLocation": dict(place)}}],
    }


def _broken(stage: StageResult) -> str:
    first = next((finding for finding in stage.findings if finding.blocks), None)
    if first is None:
        return f"stage {stage.name} could not judge"
    hint = f"\nhint: {first.hint}" if first.hint else ""
    return f"stage {stage.name} could not judge: {first.message}{hint}"


def _outcome(design: DesignReport) -> Json:
    return {
        "path": visible(design.path),
        "verdict": design.verdict.value,
        "policy": visible(design.policy.name),
        "policyDigest": visible(design.policy.digest),
        "stages": {visible(stage.name): stage.status.value for stage in design.stages},
    }


def _uri(path: str) -> str:
    """Return a path as a URI reference: relative paths stay relative."""
    # A path may hold any bytes; what os.fsdecode made of them is undone here.
    try:
        raw = os.path.normpath(path).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = os.path.normpath(path).encode("utf-8", "backslashreplace")
    quoted = quote(raw, safe="/")
    return f"file://{quoted}" if quoted.startswith("/") else quoted
