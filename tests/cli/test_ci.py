"""What continuous integration uses: changed designs, known findings, hooks, the action."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
REFUSED = ROOT / "tests" / "assets" / "buggy" / "missing_await_on_layer.py"
GOOD = ROOT / "designs" / "no_memory.py"
QUICK = ("--stages", "static,types")


def ran(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment},
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with two designs, one of them refused, in one commit."""
    folder = tmp_path / "repository"
    (folder / "designs").mkdir(parents=True)
    (folder / "designs" / "good.py").write_bytes(GOOD.read_bytes())
    (folder / "designs" / "old.py").write_bytes(REFUSED.read_bytes())
    git = ("git", "-c", "user.name=n", "-c", "user.email=e@x", "-c", "init.defaultBranch=main")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "one")):
        assert ran(*git, *arguments, cwd=folder).returncode == 0
    return folder


def verify(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return ran("alma-safe", "verify", *arguments, cwd=folder)


def test_only_changed_and_new_designs_are_judged(repository: Path) -> None:
    asked = ("designs", "--changed-since", "HEAD", "--format", "json", *QUICK)
    nothing = verify(repository, *asked)
    assert nothing.returncode == 0
    assert json.loads(nothing.stdout)["designs"] == []
    assert "no design was changed" in nothing.stderr
    good = repository / "designs" / "good.py"
    good.write_text(good.read_text() + "\n# changed\n")
    (repository / "designs" / "new.py").write_bytes(GOOD.read_bytes())
    found = verify(repository, *asked)
    assert found.returncode == 0, found.stderr
    paths = [each["path"] for each in json.loads(found.stdout)["designs"]]
    assert paths == ["designs/good.py", "designs/new.py"]
    inside = ran("alma-safe", "verify", "good.py", *asked[1:], cwd=repository / "designs")
    assert [each["path"] for each in json.loads(inside.stdout)["designs"]] == ["good.py"]


def test_that_nothing_was_changed_is_a_report(repository: Path) -> None:
    told = "no design was changed since HEAD"
    asked = ("designs", "--changed-since", "HEAD", *QUICK)
    text = verify(repository, *asked)
    assert (text.returncode, text.stdout, text.stderr) == (0, f"{told}\n", "")
    (repository / "out.json").write_text("of the last time")
    others = [f"{form}=out.{form}" for form in ("sarif", "junit", "html", "github", "markdown")]
    found = verify(
        repository, *asked, "--format", "json", "--output", "out.json",
        *(argument for other in others for argument in ("--write", other)),
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (0, "")
    assert found.stderr == f"{told}; report in {repository / 'out.json'}\n"
    report = json.loads((repository / "out.json").read_text())
    assert (report["verdict"], report["designs"]) == ("partial", [])
    [sarif] = json.loads((repository / "out.sarif").read_text())["runs"]
    assert (sarif["results"], sarif["invocations"][0]["executionSuccessful"]) == ([], True)
    for form in ("junit", "html", "github", "markdown"):
        assert told in (repository / f"out.{form}").read_text()
    suites = ElementTree.parse(repository / "out.junit").getroot()
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("1", "0", "0")


def test_a_domain_that_is_not_there_is_told_where_nothing_was_changed(repository: Path) -> None:
    found = verify(repository, "designs", "--changed-since", "HEAD", "--domain", "chess")
    assert (found.returncode, found.stdout) == (2, "")
    assert "unknown domain chess" in found.stderr


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", ""])
def test_a_revision_that_is_not_there_is_a_usage_error(repository: Path, revision: str) -> None:
    found = verify(repository, "designs", f"--changed-since={revision}", *QUICK)
    assert found.returncode == 2
    assert "no such revision" in found.stderr
    assert not (repository / "x").exists()


def test_outside_a_repository_nothing_is_taken_for_unchanged(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_bytes(GOOD.read_bytes())
    found = verify(tmp_path, "good.py", "--changed-since", "HEAD", *QUICK)
    assert found.returncode == 2
    assert "--changed-since" in found.stderr


def test_known_findings_are_told_and_do_not_refuse(repository: Path) -> None:
    found = verify(repository, "designs/old.py", "--format", "json", *QUICK)
    [design] = json.loads(found.stdout)["designs"]
    assert design["verdict"] == "rejected"
    known = repository / "known.toml"
    known.write_text(
        'schema = "alma-safe/known/v1"\n[[known]]\n'
        f'design = "{design["digest"]}"\nrule = "mypy.unused-coroutine"\n'
        'reason = "repaired next week"\nexpires = 2999-01-01\n'
    )
    again = verify(repository, "designs/old.py", "--known", "known.toml", *QUICK)
    assert again.returncode == 0, again.stdout
    assert "repaired next week" in again.stdout
    assert "known:" not in again.stderr
    idle = verify(repository, "designs/good.py", "--known", "known.toml", *QUICK)
    assert idle.returncode == 0
    assert "known: mypy.unused-coroutine of sha256:" in idle.stderr
    assert "no such design was judged" in idle.stderr
    whole = verify(repository, "designs/old.py", "--known", "known.toml", "--all-stages")
    assert whole.returncode == 2
    assert "exclude each other" in whole.stderr
    typo = known.read_text().replace("unused-coroutine", "unused-corutine")
    (repository / "typo.toml").write_text(typo)
    unknown = verify(repository, "designs/old.py", "--known", "typo.toml", *QUICK)
    assert unknown.returncode == 2
    assert "entry 1: no rule mypy.unused-corutine" in unknown.stderr
    assert "did you mean mypy.unused-coroutine" in unknown.stderr
    expired = known.read_text().replace("2999", "2020")
    known.write_text(expired)
    late = verify(repository, "designs/old.py", "--known", "known.toml", *QUICK)
    assert late.returncode == 2
    assert "expired" in late.stderr


def test_reports_are_written_in_several_formats_at_once(repository: Path) -> None:
    found = verify(
        repository, "designs", "--format", "github", *QUICK,
        "--write", "sarif=out.sarif", "--write", "markdown=out.md",
    )  # fmt: skip
    assert found.returncode == 1
    assert "::error file=designs/old.py,line=39" in found.stdout
    assert json.loads((repository / "out.sarif").read_text())["version"] == "2.1.0"
    assert "0 of 2 designs accepted" in (repository / "out.md").read_text()
    wrong = verify(repository, "designs", "--write", "pdf=out.html", *QUICK)
    assert wrong.returncode == 2


# -- the action, by its own shell ------------------------------------------------------


def step(name: str) -> dict[str, Any]:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    [found] = [each for each in action["runs"]["steps"] if each["name"] == name]
    found["defaults"] = {key: each["default"] for key, each in action["inputs"].items()}
    return found


def run_step(
    name: str, folder: Path, inputs: dict[str, str], **environment: str
) -> subprocess.CompletedProcess[str]:
    found = step(name)
    given = {**found["defaults"], **inputs}
    values = {
        key: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
        for key, value in found["env"].items()
        if "inputs." in value
    }
    return ran("bash", "-eo", "pipefail", "-c", found["run"], cwd=folder, **values, **environment)


@pytest.mark.slow
def test_the_action_annotates_summarises_and_refuses(repository: Path, tmp_path: Path) -> None:
    summary, temp = tmp_path / "summary.md", tmp_path / "temp"
    temp.mkdir()
    places = {"RUNNER_TEMP": str(temp), "GITHUB_STEP_SUMMARY": str(summary)}
    found = run_step("Verify", repository, {}, **places)
    assert found.returncode == 1, found.stderr
    assert "::error file=designs/old.py" in found.stdout
    assert "| designs/old\\.py | rejected |" in summary.read_text()
    assert (repository / "alma-safe.sarif").exists()

    passed = run_step("Verify", repository, {"paths": "designs/good.py"}, **places)
    assert passed.returncode == 0, passed.stderr
    unchanged = run_step("Verify", repository, {"changed-since": "HEAD"}, **places)
    assert unchanged.returncode == 0, unchanged.stderr
    hostile = run_step("Verify", repository, {"policy": "$(touch pwned)"}, **places)
    assert hostile.returncode == 2
    assert not (repository / "pwned").exists()


@pytest.mark.slow
def test_the_action_neither_writes_through_a_link_nor_runs_the_pull_request(
    repository: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "profile"
    victim.write_text("mine")
    (repository / "alma-safe.sarif").symlink_to(victim)
    (repository / "pip.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'w')")
    places = {"RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    run_step("Install", repository, {"version": "--no-such-option"}, **places)
    assert not (tmp_path / "was-run").exists()
    found = run_step("Verify", repository, {}, **places)
    assert found.returncode == 1, found.stderr
    assert victim.read_text() == "mine"
    assert not (repository / "alma-safe.sarif").is_symlink()


def test_the_action_uploads_no_report_that_the_pull_request_brought(tmp_path: Path) -> None:
    (tmp_path / "alma-safe.sarif").write_text('{"version": "2.1.0", "runs": []}')
    failed = run_step("Install", tmp_path, {"version": "--no-such-option"})
    assert failed.returncode != 0
    assert not (tmp_path / "alma-safe.sarif").exists()
    # Nothing can have been found by a step that never ran.
    condition = step("Upload SARIF")["if"]
    assert f"steps.{step('Verify')['id']}.outcome != 'skipped'" in condition


def test_the_action_uploads_no_file_of_its_host(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "alma-safe.sarif").symlink_to(tmp_path / "secret")
    found = run_step("Upload SARIF", tmp_path, {}, RUNNER_TEMP=str(tmp_path))
    assert found.returncode == 0, found.stderr
    assert not (tmp_path / "alma-safe.sarif.b64").exists()


def test_the_action_uploads_what_it_found(tmp_path: Path) -> None:
    sarif = tmp_path / "alma-safe.sarif"
    sarif.write_text('{"version": "2.1.0"}')
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "gh").write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$RUNNER_TEMP/asked"\n')
    (fake / "gh").chmod(0o755)
    found = run_step(
        "Upload SARIF",
        tmp_path,
        {},
        RUNNER_TEMP=str(tmp_path),
        GITHUB_REPOSITORY="o/r",
        GITHUB_SHA="abc",
        GITHUB_REF="refs/pull/1/merge",
        PATH=f"{fake}:{os.environ['PATH']}",
    )
    assert found.returncode == 0, found.stderr
    asked = (tmp_path / "asked").read_text()
    assert "/repos/o/r/code-scanning/sarifs" in asked
    sent = gzip.decompress(base64.b64decode((tmp_path / "alma-safe.sarif.b64").read_bytes()))
    assert sent == sarif.read_bytes()


def test_the_action_uses_no_action_of_others() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert [each.get("uses") for each in action["runs"]["steps"]] == [None] * 3
    assert all("${{" not in each["run"] for each in action["runs"]["steps"])


def test_the_template_for_gitlab_is_a_pipeline() -> None:
    pipeline = yaml.safe_load((ROOT / "docs" / "ci" / "gitlab.yml").read_text())
    assert any("alma-safe verify" in line for line in pipeline["alma-safe"]["script"])
    # A merge request could bring a cache along: verdicts, and programs that are run.
    assert "ALMA_SAFE_CACHE" not in pipeline["alma-safe"]["variables"]
    assert "cache" not in pipeline["alma-safe"]


# -- the hook, by the real pre-commit ------------------------------------------------------


@pytest.mark.slow
def test_the_hook_refuses_a_commit_by_the_real_pre_commit(repository: Path) -> None:
    hook = next(
        each
        for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        if each["id"] == "alma-safe"
    )
    # The same hook, with the alma-safe of this environment and not one that is built anew.
    local = {**hook, "language": "system"}
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    home = {"PRE_COMMIT_HOME": str(repository.parent / "pre-commit")}
    refused = ran("pre-commit", "run", "--all-files", cwd=repository, **home)
    assert refused.returncode == 1
    assert "mypy.unused-coroutine" in refused.stdout
    (repository / "designs" / "old.py").unlink()
    ran("git", "add", "-A", cwd=repository)
    passed = ran("pre-commit", "run", "--all-files", cwd=repository, **home)
    assert passed.returncode == 0, passed.stdout


@pytest.mark.parametrize("hook", yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()))
def test_hooks_take_no_name_of_a_file_for_an_option(hook: dict[str, Any]) -> None:
    assert hook["args"][-1] == "--"


def test_hooks_are_what_pre_commit_takes() -> None:
    found = ran("pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml", cwd=ROOT)
    assert found.returncode == 0, found.stdout
