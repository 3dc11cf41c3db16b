"""Every format stays valid and harmless, whatever the findings say."""

from __future__ import annotations

import json
import re
import string
import unicodedata
from functools import cache
from pathlib import Path

import jsonschema
import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

import alma_safe.formats
from alma_safe.formats import NAMES, by_name
from alma_safe.formats.sarif import SarifFormat
from alma_safe.report import Finding, Status
from tests.formats.builders import (
    ACCEPTED,
    BROKEN,
    PARTIAL,
    REJECTED,
    REPORTS,
    RULES,
    design,
    report,
    stage,
)

SCHEMAS = Path(__file__).parent.parent / "assets" / "schemas"
FIXED = [
    report(),
    report(ACCEPTED),
    report(PARTIAL),
    report(REJECTED),
    report(BROKEN),
    report(ACCEPTED, PARTIAL, REJECTED, BROKEN, REJECTED),
]
HOSTILE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@cache
def report_schema() -> jsonschema.Draft202012Validator:
    path = Path(alma_safe.formats.__file__).parent / "report.schema.json"
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@cache
def sarif_schema() -> jsonschema.Draft4Validator:
    schema = json.loads((SCHEMAS / "sarif-2.1.0-rtm.4.json").read_text())
    return jsonschema.Draft4Validator(schema)


@cache
def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / "junit-10.xsd")))


def strict_json(text: str) -> object:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


def check_json(text: str) -> None:
    report_schema().validate(strict_json(text))


def check_sarif(text: str) -> None:
    log = strict_json(text)
    sarif_schema().validate(log)
    [run] = log["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        [location] = result["locations"]
        place = location["physicalLocation"]["artifactLocation"]
        assert run["artifacts"][place["index"]]["location"]["uri"] == place["uri"]


def check_junit(text: str) -> None:
    root = etree.fromstring(text.encode("ascii"))
    junit_schema().assertValid(root)
    assert len(root.findall("testsuite")) >= 1
    for suite in root.findall("testsuite"):
        assert int(suite.get("tests")) == len(suite.findall("testcase")) >= 1


def check_text(text: str) -> None:
    for char in text:
        assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    text.encode("utf-8")


def check_github(text: str) -> None:
    check_text(text)
    for line in text.splitlines():
        kind, _, rest = line.removeprefix("::").partition("::")
        assert kind.partition(" ")[0] in ("error", "warning", "notice")
        # A line of a design can neither end a command nor begin one.
        assert "\r" not in rest
        assert kind.count("file=") <= 1


def check_markdown(text: str) -> None:
    check_text(text)
    assert text.startswith("## alma-safe\n")
    plain = text.replace("<code>", "").replace("</code>", "")
    for special in "<>[]`":
        assert all(plain[at - 1] == "\\" for at, char in enumerate(plain) if char == special)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    rows = [line.replace("\\\\", "").replace("\\|", "") for line in rows]
    assert {line.count("|") for line in rows} <= {5}


def check_html(text: str) -> None:
    check_text(text)
    page = lxml.html.document_fromstring(text)
    # Whatever a design is called or says, nothing of it is an element that loads or runs.
    known = {"html", "head", "meta", "title", "style", "body", "main", "section", "div", "p", "b"}
    known |= {"h1", "h2", "h3", "table", "tr", "th", "td", "a", "span", "pre", "details", "summary"}
    assert {element.tag for element in page.iter()} <= known | {"tbody"}
    for element in page.iter():
        assert set(element.attrib) <= {
            *("lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "colspan")
        }
        assert element.get("href", "#").startswith("#")
    [policy] = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.xpath("//@href")} == set(ids)


CHECKS = {
    "html": check_html,
    "json": check_json,
    "sarif": check_sarif,
    "junit": check_junit,
    "text": check_text,
    "github": check_github,
    "markdown": check_markdown,
}


def render(name: str, subject) -> str:
    chosen = SarifFormat(RULES) if name == "sarif" else by_name(name)
    assert chosen.name == name
    text = chosen.render(subject, color=False)
    assert text.endswith("\n")
    if name in ("json", "sarif", "junit"):
        assert text.isascii()
    return text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("subject", FIXED, ids=lambda subject: subject.verdict.value)
def test_fixed_reports_validate(name, subject):
    CHECKS[name](render(name, subject))


@pytest.mark.parametrize("name", NAMES)
@HOSTILE
@given(subject=REPORTS)
def test_arbitrary_reports_validate(name, subject):
    CHECKS[name](render(name, subject))


@HOSTILE
@given(subject=REPORTS)
def test_colours_change_nothing_but_colours(subject):
    chosen = by_name("text")
    colored = chosen.render(subject, color=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == chosen.render(subject, color=False)


@pytest.mark.parametrize(
    "called",
    ["@everyone", "a@b.example", "#1", "!2", "~bug", "http://evil.example", "www.evil.example"],
)
def test_markdown_calls_nobody_and_links_nowhere(called):
    # Backslashes are gone before a viewer looks for names and addresses: it skips code alone.
    found = Finding(rule="P103", message=f"it raised {called} | `x` </code> <b>")
    subject = report(design(stage("properties", Status.FAILED, found), path=f"d/{called}.py"))
    text = render("markdown", subject)
    assert called not in re.sub(r"&#\d+;", "", text)
    check_markdown(text)
    for shown in re.findall("<code>(.*?)</code>", text):
        assert set(re.sub(r"&#\d+;", "", shown)) <= {*string.ascii_letters, *string.digits, *" -"}
    assert len(re.findall("<code>", text)) == 3


COMMANDS = ("##[add-mask]accepted", "::stop-commands::x", "##vso[task.complete]")


@pytest.mark.parametrize("name", ["text", "github", "json", "junit"])
def test_no_line_of_a_report_is_a_command_of_a_design(name):
    words = "\n".join(COMMANDS)
    found = Finding(
        rule="P103", message=words, line=1, column=11, hint=words, evidence={"snippet": words}
    )
    subject = design(stage("properties", Status.FAILED, found), source=f"x = 1  ##[group]{words}\n")
    for line in render(name, report(subject)).splitlines():
        assert "##[" not in line
        assert "##vso[" not in line
        assert not line.lstrip().startswith("::") or name == "github"


def test_unknown_format_is_refused():
    from alma_safe.errors import UsageError

    with pytest.raises(UsageError, match="no format named pdf"):
        by_name("pdf")


def test_schema_refuses_an_unknown_stage_and_a_stored_surprise():
    good = json.loads(render("json", report(ACCEPTED)))
    for change in (
        lambda value: value.update(extra=1),
        lambda value: value["designs"][0]["stages"][0].update(name="lint"),
        lambda value: value["designs"][0].update(digest="md5:0"),
        lambda value: value.update(verdict="fine"),
    ):
        broken = json.loads(json.dumps(good))
        change(broken)
        assert not report_schema().is_valid(broken)


def test_schema_takes_a_design_without_digest():
    value = json.loads(render("json", report(ACCEPTED)))
    value["designs"][0]["digest"] = None
    report_schema().validate(value)
