"""What the stage does besides its rules: seeds, budgets, endings, domains, evidence."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import pytest

from alma_safe.report import Status
from alma_safe.sandbox.base import Ending
from alma_safe.text import visible
from alma_safe.verifier.properties.stage import PropertiesStage
from tests.verifier.fakes import FakeBackend, honest
from tests.verifier.guests import blocking, changed, found, memory, properties, sample

CALL = re.compile(r"^    await memory\.general_", re.MULTILINE)
FEW = changed("properties", bulk_episodes=20, long_episode_steps=20)

# Fails for a character that no fixed text has: only what Hypothesis draws shows it.
RARE = memory(
    module="import unicodedata",
    update="for char in str(recorder.init.get('obs')):\n"
    "    if unicodedata.category(char) == 'Cn':\n"
    "        raise LookupError('unassigned character')",
)


def snippet_of(result, rule: str) -> str:
    text = found(result, rule).evidence["snippet"]
    compile(text, "snippet.py", "exec")
    return text


# -- evidence --------------------------------------------------------------------


def test_failure_that_hypothesis_finds_is_shrunk_to_a_runnable_snippet() -> None:
    result = properties(RARE)
    finding = found(result, "P102")
    assert "LookupError: unassigned character" in finding.message
    assert finding.line > 0
    text = snippet_of(result, "P102")
    assert 1 <= len(CALL.findall(text)) <= 2
    assert len(text) < 4500


@pytest.mark.parametrize(
    ("rule", "most"), [("P102", 1), ("P103", 1), ("P104", 1), ("P105", 1), ("P107", 1), ("P108", 1)]
)
def test_failure_of_a_battery_is_shrunk_to_a_runnable_snippet(rule: str, most: int) -> None:
    text = snippet_of(properties(sample(rule, "refused")), rule)
    assert 1 <= len(CALL.findall(text)) <= most
    assert len(text) < 4500


def test_bug_that_needs_two_calls_is_shown_by_two() -> None:
    design = memory(
        init="self.rewards = []",
        update="self.rewards.append(recorder.reward)\nassert len(self.rewards) < 2, 'two'",
    )
    text = snippet_of(properties(design), "P102")
    assert len(CALL.findall(text)) == 2


def test_finding_names_the_line_the_function_and_the_exception() -> None:
    design = memory(
        module="def parsed(text):\n    return {}[text]", update="parsed(recorder.init['obs'])"
    )
    finding = found(properties(design), "P102")
    assert "KeyError" in finding.message
    assert "parsed" in finding.message
    assert design.text.split("\n")[finding.line - 1].strip() == "return {}[text]"


def test_same_bug_is_reported_once() -> None:
    result = properties(memory(update="raise ValueError(str(recorder.reward))"))
    assert blocking(result) == ["P102"]


# -- seeds -----------------------------------------------------------------------


def test_seed_is_reported() -> None:
    backend = FakeBackend(honest)
    assert properties(memory(), FEW, seed=1, within=backend).usage["seed"] == 1
    assert properties(memory(), FEW, within=backend).usage["seed"] == 0


def test_same_seed_gives_the_same_findings() -> None:
    # How far a failure is shrunk depends on time, so evidence is left out.
    first, second = (
        [
            (finding.rule, finding.line, finding.message)
            for finding in properties(RARE, seed=1).findings
        ]
        for _ in range(2)
    )
    assert first == second
    assert first


def test_guests_run_under_two_hash_seeds_and_the_seed_of_the_run() -> None:
    backend = FakeBackend(honest)
    properties(memory(), FEW, seed=1, within=backend)
    assert {options.hash_seed for options in backend.options} == {1, 2}
    assert {options.random_seed for options in backend.options} == {1}
    assert all(options.frozen_clock for options in backend.options)


# -- budgets and endings -----------------------------------------------------------


def slow_host(method: str, payload: Mapping[str, Any]) -> Any:
    """Time passes, but none of it in the guest."""
    time.sleep(0.002)
    return honest(method, payload)


@pytest.mark.parametrize("budget_s", [1e-9, 0.2])
def test_budget_that_runs_out_without_the_design_is_an_error_and_never_a_pass(
    budget_s: float,
) -> None:
    policy = changed("properties", budget_s=budget_s)
    result = properties(memory(), policy, within=FakeBackend(slow_host))
    assert result.status is Status.ERROR
    assert result.usage["unfinished"]


def test_design_that_uses_the_budget_up_is_too_slow() -> None:
    slow = "import asyncio\nawait asyncio.sleep(0.02)"
    result = properties(memory(update=slow), changed("properties", budget_s=2.0))
    assert blocking(result) == ["P115"]
    assert "were stopped after 2 s" in found(result, "P115").message
    assert "story" in result.usage["sections"]


def test_budget_that_runs_out_does_not_excuse_a_failure() -> None:
    slow = "import asyncio\nawait asyncio.sleep(0.02)\nassert recorder.steps"
    result = properties(memory(update=slow), changed("properties", budget_s=2.0))
    assert result.status is Status.FAILED


@pytest.mark.parametrize(
    "hang",
    [
        "while True:\n    pass",
        "import asyncio\nawait asyncio.Event().wait()",
        "import asyncio\nwhile True:\n    await asyncio.sleep(0)",
        "import threading\nthreading.Event().wait()",
        "import re\nre.fullmatch('(a+)+b', 'a' * 60)",
    ],
    ids=["busy", "event", "yielding", "blocked", "regex"],
)
def test_hang_is_ended_from_outside(hang: str) -> None:
    result = properties(memory(update=hang), changed("properties", call_deadline_s=1.0))
    finding = found(result, "P115")
    assert blocking(result) == ["P115"]
    assert finding.evidence["ending"] == Ending.TIMEOUT_WALL.value
    # Far below the budget of the stage, however busy this machine is.
    assert result.duration_s < 40


def test_busy_hang_is_located() -> None:
    design = memory(update="spin = True\nwhile spin:\n    spin = True")
    finding = found(properties(design, changed("properties", call_deadline_s=1.0)), "P115")
    assert "general_update" in finding.message
    assert "spin" in design.text.split("\n")[finding.line - 1]


def test_hang_while_loading_or_constructing_is_ended() -> None:
    result = properties(
        memory(init="while True:\n    pass"), changed("properties", call_deadline_s=1.0)
    )
    assert blocking(result) == ["P115"]


@pytest.mark.parametrize(
    ("death", "rule"),
    [
        ("import os\nos._exit(0)", "P121"),
        ("import os\nos.abort()", "P121"),
        ("self.all = [bytes(range(256)) * 4096 for _ in range(1000)]", "P113"),
    ],
    ids=["exit", "abort", "memory"],
)
def test_death_of_the_guest_refuses_the_design(death: str, rule: str) -> None:
    result = properties(memory(update=death))
    assert blocking(result) == [rule]
    assert found(result, rule).evidence["counters"]


def test_guest_that_always_dies_is_not_opened_for_ever() -> None:
    result = properties(memory(update="import os\nos._exit(7)"))
    assert result.usage["guests"] <= 10
    assert Ending.EXIT.value in result.usage["endings"]


def test_death_between_two_calls_refuses_the_design() -> None:
    late = "import os, threading\nthreading.Timer(0.01, os._exit, (0,)).start()"
    assert properties(memory(update=late)).status is Status.FAILED


@pytest.mark.parametrize("exception", ["SystemExit(0)", "KeyboardInterrupt()", "BaseException()"])
def test_exceptions_that_are_no_errors_do_not_end_the_runner(exception: str) -> None:
    result = properties(memory(update=f"raise {exception}"))
    assert blocking(result) == ["P102"]


# -- vacuity -----------------------------------------------------------------------


def test_checks_are_counted_by_section() -> None:
    result = properties(memory())
    sections = result.usage["sections"]
    assert result.status is Status.PASSED
    assert result.checks > 500
    assert sum(sections.values()) <= result.checks
    assert {name for name, count in sections.items() if not count} == {"faulty_model"}
    for name in ("story", "isolation", "concurrency", "bulk", "bank", "reproducible"):
        assert sections[name] > 10


def test_design_that_uses_the_model_is_tried_with_a_faulty_one() -> None:
    assert properties(sample("P118", "accepted")).usage["sections"]["faulty_model"] > 50


def test_every_section_that_can_run_has_run() -> None:
    from alma_safe.verifier.properties import battery

    names = {section.__name__ for section in battery.SECTIONS}
    assert set(properties(memory()).usage["sections"]) == names | {"story", "bank", "reproducible"}


# -- domains -----------------------------------------------------------------------

GOAL = memory(
    init="self.goals = []",
    retrieve="return {'goal': recorder.init['goal'][:80]}",
    update="self.goals.append(recorder.init['goal'][:80])\nself.goals = self.goals[-50:]",
)


@pytest.mark.parametrize(
    ("domain", "passes"), [("textworld", True), ("alfworld", False), (None, True)]
)
def test_recorders_are_those_of_the_domain(domain: str | None, passes: bool) -> None:
    result = properties(GOAL, domain=domain)
    assert (result.status is Status.PASSED) == passes
    assert result.usage["domain"] == (domain or "generic")
    if not passes:
        assert "KeyError" in found(result, "P103").message


# -- the stage itself ----------------------------------------------------------------


def test_usage_says_what_the_host_measured() -> None:
    usage = properties(memory()).usage
    assert usage["cpu_s"] > 0
    assert usage["peak_memory_bytes"] > 1 << 20
    assert usage["guests"] == 2
    assert usage["endings"] == ["completed", "completed"]
    assert usage["chroma"] in ("real", "stand-in", "none")
    assert isinstance(usage["degraded"], list)


def test_stage_has_its_name() -> None:
    assert PropertiesStage.name == properties(memory(), FEW, within=FakeBackend(honest)).name


def test_design_without_a_concrete_class_cannot_be_loaded() -> None:
    from alma_safe.design import Design

    result = properties(Design.from_bytes(b"x = 1\n"))
    assert blocking(result) == ["P101"]


def test_guest_output_and_messages_are_made_visible() -> None:
    design = memory(update="raise ValueError('\\x1b[31m\\u202e' + '```' + 'x' * 9000)")
    finding = found(properties(design), "P102")
    assert visible(finding.message, 1000) == finding.message
    assert len(finding.message) < 1000


def test_an_integer_that_no_float_comes_near_is_held_against_the_design() -> None:
    # Compared with a float it would be an overflow on the host: no verdict at all.
    result = properties(memory(retrieve="return {'n': 10**400 if hash('abc') % 2 else 1.5}"))
    assert result.status is Status.FAILED
    assert any("an integer of more than 308 digits" in each.message for each in result.findings)
