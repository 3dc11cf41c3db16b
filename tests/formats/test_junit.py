from __future__ import annotations

from lxml import etree

from alma_safe.formats.junit import JunitFormat
from alma_safe.report import STAGES, Finding, Status
from tests.formats.builders import ACCEPTED, BROKEN, REJECTED, design, report, stage


def root_of(*designs):
    return etree.fromstring(JunitFormat().render(report(*designs)).encode())


def test_one_suite_per_design_and_one_case_per_stage():
    root = root_of(ACCEPTED, REJECTED)
    assert [suite.get("name") for suite in root] == ["designs/good.py", "designs/memory.py"]
    assert [case.get("name") for case in root[0].findall("testcase")] == list(STAGES)
    assert root.get("tests") == "8"
    assert root.get("failures") == "3"


def test_failed_stage_is_a_failure_with_rule_and_hint():
    failure = root_of(REJECTED).find(".//testcase[@name='static']/failure")
    assert failure.get("type") == "S101"
    assert failure.get("message") == "import of os is not allowed"
    assert "error[S101] line 1" in failure.text
    assert "hint: Use a module of the allowlist." in failure.text


def test_warning_is_output_and_not_a_failure():
    case = root_of(REJECTED).find(".//testcase[@name='static']")
    assert "warning[S201]" in case.find("system-out").text
    assert "S201" not in case.find("failure").text


def test_shrunk_call_is_in_the_failure():
    failure = root_of(REJECTED).find(".//testcase[@name='properties']/failure")
    assert "memory = Memory()" in failure.text


def test_infrastructure_error_is_an_error():
    root = root_of(BROKEN)
    assert root.find(".//testcase[@name='types']/error").get("message") == "mypy timed out"
    assert (root.get("failures"), root.get("errors")) == ("0", "1")


def test_error_without_finding_says_which_stage():
    error = root_of(design(stage("static", Status.ERROR))).find(".//error")
    assert error.get("message") == "stage static could not judge"


def test_skipped_stage_is_skipped():
    root = root_of(REJECTED)
    assert root.find(".//testcase[@name='execution']/skipped") is not None
    assert root[0].get("skipped") == "1"


def test_nothing_judged_is_an_error_and_not_green():
    assert root_of().get("errors") == "1"
    assert root_of(design()).get("errors") == "1"
    assert root_of(design(*(stage(name, Status.SKIPPED) for name in STAGES))).get("errors") == "1"


def test_characters_that_xml_cannot_hold_are_escaped():
    hostile = Finding(rule="S101", message="a\x00\x1b\ud800\ufffe]]>&<", line=1)
    failure = root_of(design(stage("static", Status.FAILED, hostile))).find(".//failure")
    assert failure.get("message") == r"a\x00\x1b\ud800\ufffe]]>&<"
