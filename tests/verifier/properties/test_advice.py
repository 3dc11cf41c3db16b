"""Hints that are about this failure, where the rule's own remedy would lead astray."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.verifier.properties.advice import about_raised, about_refused, about_unused

RECORDER: dict[str, Any] = {
    "init": {"obs": "a room", "goal": "win"},
    "steps": [{"action_took": "go", "obs": "a hall", "scores": 0.0}],
    "reward": 0.0,
}


@pytest.mark.parametrize(
    ("kind", "text", "hint"),
    [
        ("KeyError", "'observation'", "no recorder has 'observation'"),
        ("KeyError", "'action'", "a step has action_took, obs, scores"),
        ("KeyError", "'goal'", ""),
        ("KeyError", "'north'", ""),
        ("KeyError", "(1, 'x')", ""),
        ("KeyError", "'" * 9, ""),
        ("re.error", "unbalanced parenthesis at position 3", "re.escape"),
        ("TypeError", "Object of type type is not JSON serializable", "as JSON"),
        ("TypeError", "Object of type set is not JSON serializable", "json.dumps"),
        ("ValueError", "anything", ""),
    ],
)
def test_an_exception_is_answered_by_what_it_says(kind, text, hint):
    said = about_raised(kind, text, RECORDER, brokered=False)
    assert hint in said
    assert bool(said) == bool(hint)


def test_a_call_too_long_is_to_be_cut():
    said = "one call may send 200000 characters"
    assert "text[:8000]" in about_raised("almaguest.BrokerError", said, RECORDER, brokered=True)
    assert about_raised("RuntimeError", said, RECORDER, brokered=False) == ""


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("result['x'] is of type numpy.bool, which JSON cannot hold", "bool("),
        ("result['x'] is of type numpy.int64, which JSON cannot hold", "int("),
        ("result['x'] is of type numpy.float32, which JSON cannot hold", "float("),
        ("result['x'] is of type numpy.ndarray, which JSON cannot hold", "tolist"),
        ("result['x'] is of type set, which JSON cannot hold", "sorted("),
        ("result['x'] is of type collections.deque, which JSON cannot hold", "list("),
        ("result['x'] is of type Lesson, which JSON cannot hold", "asdict"),
        ("result['x'] is inf, which JSON cannot hold", "isfinite"),
        ("result has a key of type tuple", "join"),
        ("the result is circular or nested too deeply", ""),
    ],
)
def test_a_value_that_is_no_json_is_answered_by_its_type(text, hint):
    assert hint in about_refused(text)
    assert bool(about_refused(text)) == bool(hint)


def test_keys_that_no_recorder_has_are_named():
    source = 'step.get("observation", "")\nstep["action"]\nself.seen["state"]\nstep.get("obs")'
    said = about_unused(source, [{"init": {}, "steps": []}, RECORDER])
    assert "no recorder has 'action', 'observation', 'state': recorder.init has goal, obs" in said
    assert about_unused('step.get("obs")', [RECORDER]) == ""
    assert about_unused('step.get("action")', []) == ""


@given(st.text(max_size=40), st.text(max_size=40), st.booleans(), st.dictionaries(
    st.sampled_from(["init", "steps", "reward"]),
    st.none() | st.lists(st.none() | st.dictionaries(st.text(max_size=3), st.none())),
))  # fmt: skip
def test_whatever_a_guest_says_there_is_a_hint_or_none(kind, text, brokered, recorder):
    assert isinstance(about_raised(kind, text, recorder, brokered=brokered), str)
    assert isinstance(about_raised("KeyError", text, recorder, brokered=brokered), str)
    assert isinstance(about_refused(text), str)
    assert isinstance(about_unused(text, [recorder]), str)
