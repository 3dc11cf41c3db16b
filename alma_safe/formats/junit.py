"""The report as JUnit XML: one test suite per design, one test case per stage."""

from __future__ import annotations

from xml.etree import ElementTree

from alma_safe.formats.base import fault, shown
from alma_safe.report import DesignReport, Finding, Report, StageResult, Status, Verdict
from alma_safe.text import visible

# What visible() leaves is legal in XML 1.0: no control, surrogate or unassigned character.


class JunitFormat:
    """For CI systems that show test results."""

    name = "junit"

    def render(self, report: Report, *, color: bool = False) -> str:
        """Return one ``testsuites`` document in plain ASCII."""
        root = ElementTree.Element("testsuites", name="alma-safe")
        suites = [_suite(design) for design in report.designs]
        # An empty document would be read as a pass, or not read at all.
        root.extend(suites or [_nothing(report.nothing_due)])
        for key in ("tests", "failures", "errors"):
            root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
        root.set("time", _time(sum(float(suite.get("time", "0")) for suite in root)))
        ElementTree.indent(root)
        body: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{body.decode("ascii")}\n'


def _suite(design: DesignReport) -> ElementTree.Element:
    path = visible(design.path)
    cases = [_case(stage, path) for stage in design.stages]
    if reason := fault(design):
        cases.append(_fault(path, reason))
    return _element(path, cases, sum(stage.duration_s for stage in design.stages), design)


def _element(
    name: str,
    cases: list[ElementTree.Element],
    seconds: float,
    design: DesignReport | None = None,
) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=name, tests=str(len(cases)), time=_time(seconds))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    if design is not None:
        properties = ElementTree.SubElement(suite, "properties")
        for key, value in (
            ("verdict", design.verdict.value),
            ("digest", design.digest or ""),
            ("policy", design.policy.name),
            ("policy_digest", design.policy.digest),
        ):
            ElementTree.SubElement(properties, "property", name=key, value=visible(value))
    suite.extend(cases)
    return suite


def _case(stage: StageResult, path: str) -> ElementTree.Element:
    name = visible(stage.name)
    case = ElementTree.Element("testcase", name=name, classname=path, time=_time(stage.duration_s))
    blocking = [finding for finding in stage.findings if finding.blocks]
    others = [finding for finding in stage.findings if not finding.blocks]
    if stage.status is Status.SKIPPED:
        ElementTree.SubElement(case, "skipped", message="this stage was not run")
    elif stage.status is not Status.PASSED:
        tag = "failure" if stage.status is Status.FAILED else "error"
        first = next(iter(blocking), None)
        outcome = ElementTree.SubElement(
            case,
            tag,
            type=visible(first.rule, 80) if first else Verdict.ERROR.value,
            message=visible(first.message) if first else f"stage {name} could not judge",
        )
        outcome.text = "\n\n".join(_told(finding) for finding in blocking) or None
    if others:
        output = ElementTree.SubElement(case, "system-out")
        output.text = "\n\n".join(_told(finding) for finding in others)
    return case


def _told(finding: Finding) -> str:
    place = f" line {finding.line}" if finding.line > 0 else ""
    lines = [f"{finding.severity.value}[{visible(finding.rule, 80)}]{place}: "]
    lines[0] += shown(finding.message)
    snippet = finding.evidence.get("snippet")
    if isinstance(snippet, str):
        lines.append(shown(snippet))
    if finding.hint:
        lines.append(f"hint: {shown(finding.hint)}")
    return "\n".join(lines)


def _fault(path: str, reason: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", name="gate", classname=path, time="0.000")
    ElementTree.SubElement(case, "error", type=Verdict.ERROR.value, message=reason)
    return case


def _nothing(due: str) -> ElementTree.Element:
    if due:
        case = ElementTree.Element("testcase", name="gate", classname="alma-safe", time="0.000")
        ElementTree.SubElement(case, "skipped", message=visible(due))
        return _element("alma-safe", [case], 0.0)
    return _element("alma-safe", [_fault("alma-safe", "no design was judged")], 0.0)


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
