from __future__ import annotations

import dataclasses
import json

from alma_safe.formats.sarif import FINGERPRINT, SarifFormat
from alma_safe.report import STAGES, Finding, Status
from tests.formats.builders import (
    ACCEPTED,
    BROKEN,
    IMPORT_OS,
    REJECTED,
    RULES,
    SHA,
    SOURCE,
    STYLE,
    design,
    report,
    stage,
)


def run_of(*designs):
    [run] = json.loads(SarifFormat(RULES).render(report(*designs)))["runs"]
    return run


def fingerprints(*designs):
    return [result["partialFingerprints"][FINGERPRINT] for result in run_of(*designs)["results"]]


def failing(*findings, source=SOURCE, path="a.py"):
    return design(stage("static", Status.FAILED, *findings), source=source, path=path)


def test_rule_is_described_from_the_catalogue():
    rules = {rule["id"]: rule for rule in run_of(REJECTED)["tool"]["driver"]["rules"]}
    assert rules["S101"]["shortDescription"]["text"] == "Import outside the allowlist"
    assert rules["S101"]["fullDescription"]["text"].startswith("A module could reach")
    assert rules["S101"]["help"]["text"] == "Use a module of the allowlist."
    assert rules["S101"]["defaultConfiguration"]["level"] == "error"
    assert rules["S201"]["defaultConfiguration"]["level"] == "warning"


def test_code_of_a_tool_is_described_without_catalogue():
    rules = {rule["id"]: rule for rule in run_of(REJECTED)["tool"]["driver"]["rules"]}
    assert rules["mypy.attr-defined"]["shortDescription"]["text"] == "mypy attr-defined"
    assert rules["mypy.attr-defined"]["help"]["text"]


def test_result_has_place_level_and_hint():
    first = run_of(REJECTED)["results"][0]
    place = first["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 1, "startColumn": 8}
    assert place["artifactLocation"] == {"uri": "designs/memory.py", "index": 0}
    assert first["level"] == "error"
    assert "hint: Use a module" in first["message"]["text"]


def test_finding_without_line_has_no_region():
    [result] = run_of(failing(Finding(rule="P101", message="raised")))["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]


def test_columns_are_counted_in_code_points():
    assert run_of(REJECTED)["columnKind"] == "unicodeCodePoints"


def test_artifact_has_hash():
    [artifact] = run_of(REJECTED)["artifacts"]
    assert artifact["hashes"] == {"sha-256": SHA.removeprefix("sha256:")}


def test_artifact_of_an_oversized_file_has_no_hash():
    [artifact] = run_of(dataclasses.replace(REJECTED, digest=None))["artifacts"]
    assert "hashes" not in artifact


def test_rejection_is_a_successful_invocation():
    [invocation] = run_of(REJECTED)["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["exitCode"] == 1


def test_infrastructure_error_is_not():
    [invocation] = run_of(ACCEPTED, BROKEN)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    [notification] = invocation["toolExecutionNotifications"]
    assert "stage types could not judge: mypy timed out" in notification["message"]["text"]


def test_fault_of_ours_does_not_annotate_the_design():
    warned = design(stage("static", Status.ERROR, IMPORT_OS, STYLE))
    assert [result["ruleId"] for result in run_of(warned, BROKEN)["results"]] == ["S201"]


def test_run_over_nothing_is_not_successful():
    assert run_of()["invocations"][0]["executionSuccessful"] is False


def test_skipped_stages_only_are_an_error():
    skipped = design(*(stage(name, Status.SKIPPED) for name in STAGES))
    [invocation] = run_of(skipped)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "no stage was executed" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_fingerprint_survives_a_moved_line():
    moved = dataclasses.replace(IMPORT_OS, line=4, column=12)
    [before] = fingerprints(failing(IMPORT_OS))
    [after] = fingerprints(failing(moved, source="# a\n\n\n    import   os\n"))
    assert before == after


def test_fingerprint_differs_by_rule_path_and_line_text():
    other_rule = dataclasses.replace(IMPORT_OS, rule="S102")
    other_line = dataclasses.replace(IMPORT_OS, line=4)
    found = fingerprints(failing(IMPORT_OS), failing(IMPORT_OS, path="b.py"))
    found += fingerprints(failing(other_rule)) + fingerprints(failing(other_line))
    assert len(set(found)) == 4


def test_findings_alike_have_different_fingerprints():
    assert len(set(fingerprints(failing(IMPORT_OS, IMPORT_OS)))) == 2


def test_message_cannot_make_links_or_placeholders():
    hostile = Finding(rule="S101", message="name [click](https://evil.example) {0}", line=1)
    [result] = run_of(failing(hostile))["results"]
    assert result["message"]["text"] == r"name [click\](https://evil.example) {{0}}"


def test_paths_become_uris():
    paths = ["/tmp/a b.py", "./x/../y.py", "<stdin>", "caf\xe9.py", "\udcff.py", "a:b.py"]
    uris = [run_of(failing(IMPORT_OS, path=path))["artifacts"][0]["location"] for path in paths]
    assert [place["uri"] for place in uris] == [
        "file:///tmp/a%20b.py",
        "y.py",
        "%3Cstdin%3E",
        "caf%C3%A9.py",
        "%FF.py",
        "a%3Ab.py",
    ]


def test_same_file_is_one_artifact():
    run = run_of(failing(IMPORT_OS), failing(IMPORT_OS))
    assert len(run["artifacts"]) == 1
