"""Snippets, shrinking of batteries, and saying where two answers differ."""

from __future__ import annotations

import ast
import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.verifier.properties.compare import difference, first_difference, same, size_of
from alma_safe.verifier.properties.shrink import shrink
from alma_safe.verifier.properties.snippet import snippet

TEXTS = st.text(st.characters(exclude_categories=()), max_size=300)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
RECORDERS = st.fixed_dictionaries(
    {
        "init": st.dictionaries(TEXTS, JSON, max_size=2),
        "steps": st.lists(st.dictionaries(TEXTS, JSON, max_size=2), max_size=2),
        "reward": st.floats(0, 1),
    }
)
TRAILS = st.lists(
    st.fixed_dictionaries({"op": st.sampled_from(["update", "retrieve"]), "recorder": RECORDERS}),
    min_size=1,
    max_size=4,
)


def calls_of(text: str) -> list[ast.Call]:
    main = next(n for n in ast.parse(text).body if isinstance(n, ast.AsyncFunctionDef))
    return [
        node.value.value
        for node in main.body
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Await)
        and isinstance(node.value.value, ast.Call)
    ]


# -- snippet -----------------------------------------------------------------------


@given(trail=TRAILS, name=TEXTS, message=TEXTS)
def test_snippet_is_one_program_whatever_a_guest_said(trail, name: str, message: str) -> None:
    text = snippet(name, trail, message)
    if text.endswith("# ... cut"):
        return
    calls = calls_of(text)
    assert [call.func.attr for call in calls] == [f"general_{part['op']}" for part in trail]
    assert text.isascii() or not name.isascii() or not message.isascii()


@given(recorder=RECORDERS)
def test_snippet_repeats_the_recorder(recorder) -> None:
    text = snippet("Memory", [{"op": "update", "recorder": recorder}], "failed")
    if text.endswith("# ... cut"):
        return
    (call,) = calls_of(text)
    given_values = {word.arg: eval(ast.unparse(word.value)) for word in call.args[0].keywords}
    long = any(len(part) > 200 for part in json.dumps(recorder).split('"'))
    assert long or given_values == recorder


@pytest.mark.parametrize("name", ["", "x; import os", "None\n", "A B", "\u202eM"])
def test_name_that_is_no_identifier_is_replaced(name: str) -> None:
    trail = [{"op": "retrieve", "recorder": {"init": {}, "steps": [], "reward": 0.0}}]
    assert "TheDesign" in snippet(name, trail, "")


def test_long_trails_and_texts_are_cut() -> None:
    recorder = {"init": {"obs": "y" * 5000}, "steps": [], "reward": 0.0}
    trail = [{"op": "update", "recorder": recorder}] * 50
    text = snippet("Memory", trail, "failed")
    assert "30 earlier calls left out" in text
    assert "* 4960" in text
    assert len(text) < 6100


# -- shrink ------------------------------------------------------------------------


def operation(op: str, obs: str = "a text of some length", steps: int = 3):
    recorder = {
        "init": {"obs": obs, "things": ["a", "b"]},
        "steps": [{"action_took": "open the door"}] * steps,
        "reward": 0.5,
    }
    return {"op": op, "recorder": recorder}


def shrunk(trail, fails, budget_s: float = 5.0):
    async def check(smaller) -> bool:
        await asyncio.sleep(0)
        return fails(smaller)

    return asyncio.run(shrink(trail, check, budget_s=budget_s))


def test_superfluous_calls_steps_and_texts_are_dropped() -> None:
    trail = [operation("update") for _ in range(9)] + [operation("retrieve")]
    small = shrunk(trail, lambda smaller: smaller[-1]["op"] == "retrieve")
    assert small == [
        {
            "op": "retrieve",
            "recorder": {"init": {"obs": "x", "things": []}, "steps": [], "reward": 0.5},
        }
    ]


def test_what_the_failure_needs_is_kept() -> None:
    trail = [operation("update", "other")] * 4 + [
        operation("update", "(" * 40),
        operation("retrieve"),
    ]

    def needs_parenthesis(smaller) -> bool:
        return any("(" in part["recorder"]["init"]["obs"] for part in smaller[:-1])

    small = shrunk(trail, needs_parenthesis)
    assert len(small) == 2
    assert small[0]["recorder"]["init"]["obs"] == "(" * 12


def test_nothing_is_changed_when_time_is_up() -> None:
    trail = [operation("update")] * 5
    assert shrunk(trail, lambda _: True, budget_s=0.0) == trail


def test_shrinking_changes_no_recorder_in_place() -> None:
    trail = [operation("update"), operation("retrieve")]
    before = json.dumps(trail)
    shrunk(trail, lambda _: True)
    assert json.dumps(trail) == before


# -- compare -----------------------------------------------------------------------


@given(value=JSON)
def test_a_value_is_the_same_as_itself(value) -> None:
    assert same(value, json.loads(json.dumps(value)))


@given(left=JSON, right=JSON)
def test_sameness_has_no_direction(left, right) -> None:
    assert same(left, right) == same(right, left)


@given(left=JSON, right=JSON)
def test_a_difference_can_always_be_named(left, right) -> None:
    assert difference(left, right).startswith("recorder")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": 1}, {"a": 2}, "recorder.a was 1, now 2"),
        ({"a": 1}, {}, "recorder.a is gone"),
        ({}, {"a": 1}, "recorder.a is new"),
        ({"a": [1, 2]}, {"a": [1]}, "recorder.a had 2 entries, now 1"),
        ({"a": [{"b": 1}]}, {"a": [{"b": None}]}, "recorder.a[0].b was 1, now null"),
        ({"a": 1}, {"unserialisable": "x"}, "recorder.a is gone"),
    ],
)
def test_first_difference_is_named(before, after, said: str) -> None:
    assert difference(before, after) == said


def test_rounding_is_no_difference() -> None:
    assert same(0.1 + 0.2, 0.3)
    assert same(1.0, 1)
    assert not same(1.0, 1.1)
    assert not same({"a": 1.0}, {"a": "1.0"})
    assert first_difference([1, {"a": 0.3}], [1, {"a": 0.1 + 0.2}]) is None
    assert first_difference([1, 2, 3], [1, 5, 3]) == 1


def test_size_is_that_of_the_prompt() -> None:
    assert size_of({"a": "é"}) == len('{"a": "é"}'.encode())
    assert size_of({"a": "\ud800"}) > 0
