"""Whole designs through the whole gate: honest ones are accepted, buggy ones stopped in place.

``tests/assets/buggy/*.py`` say in their head which stage is the first that can see the
bug and which words the feedback has to contain.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.recorders import DOMAINS
from alma_safe.report import DesignReport, Status, Verdict
from alma_safe.sandbox.select import backend
from alma_safe.verifier.feedback import Feedback
from alma_safe.verifier.pipeline import Gate

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "tests" / "assets"
HONEST = [*sorted((ROOT / "designs").glob("*.py")), *sorted((ASSETS / "honest").glob("*.py"))]
BUGGY = sorted((ASSETS / "buggy").glob("*.py"))

pytestmark = pytest.mark.samples

type Verify = Callable[[Path, str | None], DesignReport]


def domains(path: Path) -> list[str | None]:
    """A sample named domain_<name>_* is tried with the recorders of that domain too."""
    return [None, *(name for name in DOMAINS if path.name.startswith(f"domain_{name}_"))]


def expectation(path: Path) -> dict[str, Any]:
    """The table [expect] in the comments at the top of a sample."""
    head = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        head.append(line.lstrip("#").strip())
    expect: dict[str, Any] = tomllib.loads("\n".join(head))["expect"]
    return expect


@pytest.fixture(scope="module")
def verify() -> Iterator[Verify]:
    """Judge a file under the strict policy; one gate for all of this module."""
    gates: dict[str | None, Gate] = {}
    with asyncio.Runner() as runner:

        def judged(path: Path, domain: str | None = None) -> DesignReport:
            if domain not in gates:
                gate = Gate(load_policy("strict"), backend=backend(), domain=domain)
                gates[domain] = gate.open()
            return runner.run(gates[domain].verify(Design.from_file(path)))

        yield judged
        for gate in gates.values():
            runner.run(gate.aclose())


def stopped_at(report: DesignReport) -> str | None:
    return next((s.name for s in report.stages if s.status is not Status.PASSED), None)


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        pytest.param(path, domain, id=f"{path.stem}-{domain}" if domain else path.stem)
        for path in HONEST
        for domain in domains(path)
    ],
)
def test_honest_design_is_accepted(path: Path, domain: str | None, verify: Verify) -> None:
    report = verify(path, domain)
    assert report.verdict is Verdict.ACCEPTED, Feedback.of(report).render()


@pytest.mark.parametrize("path", BUGGY, ids=lambda path: path.stem)
def test_buggy_design_is_stopped_where_its_bug_can_be_seen(path: Path, verify: Verify) -> None:
    expect = expectation(path)
    report = verify(path, None)
    text = Feedback.of(report).render()
    assert report.verdict is Verdict.REJECTED
    assert stopped_at(report) == expect["stage"], text
    assert any(name in text for name in expect["names"]), text


def test_there_are_enough_samples() -> None:
    assert len(list((ASSETS / "honest").glob("*.py"))) >= 30
    assert len(BUGGY) >= 30
    assert len(list((ROOT / "designs").glob("*.py"))) >= 13


def test_every_domain_has_an_honest_sample() -> None:
    assert {domain for path in HONEST for domain in domains(path)} == {None, *DOMAINS}


def test_some_honest_sample_is_long() -> None:
    longest = max(HONEST, key=lambda path: path.stat().st_size)
    assert len(longest.read_text(encoding="utf-8").splitlines()) > 1000
