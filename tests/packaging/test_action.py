"""What continuous integration installs: the revision that is pinned, no name from an index."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.test_ci import run_step, step

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("inputs", "installed"),
    [({}, "/the/checkout of the action"), ({"version": "alma-safe==9.9"}, "alma-safe==9.9")],
)
def test_the_action_installs_its_own_checkout_or_what_it_is_told(
    inputs: dict[str, str], installed: str, tmp_path: Path
) -> None:
    fakes = tmp_path / "bin"
    fakes.mkdir()
    for name in ("python", "alma-safe"):
        program = fakes / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" >> "$ASKED"\n')
        program.chmod(0o755)
    asked = tmp_path / "asked"
    found = run_step(
        "Install",
        tmp_path,
        inputs,
        ASKED=str(asked),
        GITHUB_ACTION_PATH="/the/checkout of the action",
        PATH=f"{fakes}:/usr/bin:/bin",
    )
    assert found.returncode == 0, found.stderr
    pip = ["python", "-P", "-m", "pip", "install", "--quiet", installed]
    assert asked.read_text().splitlines() == [*pip, "alma-safe", "setup"]
    assert step("Install")["defaults"]["version"] == ""


def test_the_template_for_gitlab_installs_a_pinned_revision() -> None:
    pipeline = yaml.safe_load((ROOT / "docs" / "ci" / "gitlab.yml").read_text())
    [install] = [
        line for line in pipeline["alma-safe"]["before_script"] if line.startswith("pip install")
    ]
    assert install.endswith('"alma-safe @ git+https://example.org/alma-safe@<hash>"')
