from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.domains.agents import reading
from alma_safe.domains.agents.experience import valence
from alma_safe.domains.agents.reading import Reading, lines, words

GOAL = frozenset(words("pick up the key"))
NOTHING: frozenset[str] = frozenset()
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400)])
    | st.floats(allow_nan=False)
    | st.text(max_size=80),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["reward", "task", "action"]) | st.text(max_size=9), inner
        )
    ),
    max_leaves=20,
)


def advice(memory: object, action: str, seen: str = "") -> tuple[float, float]:
    return Reading.of(memory).advice(words(action), frozenset(words(seen)), GOAL)


@pytest.mark.parametrize(
    ("memory", "action", "found"),
    [
        ("prefer: open <thing>", "open chest", (1.0, 0.0)),
        ("prefer: open <thing>", "close chest", (0.0, 0.0)),
        ("- Always take the key", "take key from box", (1.0, 0.0)),
        ("avoid: eat <thing>", "eat carrot", (0.0, 1.0)),
        ("avoid: take <thing> unless <goal>", "take rake", (0.0, 1.0)),
        ("avoid: take <thing> unless <goal>", "take key", (0.0, 0.0)),
        ("prefer: take <goal>", "take key", (1.0, 0.0)),
        ("prefer: take <goal>", "take rake", (0.0, 0.0)),
        ("don't drop lamp", "drop lamp", (0.0, 1.0)),
        ({"a": [{"b": "prefer: go north"}]}, "go north", (1.0, 0.0)),
        ("take the key", "take key", (0.0, 0.0)),
    ],
)
def test_advice_is_read(memory: object, action: str, found: tuple[float, float]) -> None:
    assert advice(memory, action) == found


def test_condition_has_to_be_seen() -> None:
    memory = "when locked chest -> prefer: unlock chest with key"
    assert advice(memory, "unlock chest with key", "a locked chest stands here")[0] == 1.3
    assert advice(memory, "unlock chest with key", "a table") == (0.0, 0.0)


def test_what_stands_in_a_line_is_put_into_the_advice() -> None:
    reading = Reading.of("when fry the {x} -> prefer: cook {x} with stove")
    assert list(reading.instructions("fry the red potato")) == [("cook red potato with stove", 1)]
    assert list(reading.instructions("dice the red potato")) == []


def test_items_of_a_list_are_read_as_lines_are() -> None:
    reading = Reading.of("when a fried {x} -> avoid: cook {x} with stove")
    carried = "you are carrying: a knife, a fried red potato and a fried egg."
    assert list(reading.instructions(carried)) == [
        ("cook red potato with stove", -1),
        ("cook egg with stove", -1),
    ]
    assert list(reading.instructions("you carry a half fried egg")) == []


@pytest.mark.parametrize(
    ("outcome", "value"),
    [
        ("A sponge; score went up", 1.0),
        ("You open the box.", 0.4),
        ("A room.", 0.1),
        ("You can't.", -0.4),
        ("x; game lost", -0.8),
    ],
)
def test_outcomes_are_weighed(outcome: str, value: float) -> None:
    assert valence(outcome) == value


def test_experience_is_of_the_verb_and_of_the_thing() -> None:
    past = Reading.of(
        ["open box -> You open the box.", "open lid -> Locked; you can't."]
    ).experience
    assert past.worth(words("open box"), NOTHING) > past.worth(words("open lid"), NOTHING)
    assert past.worth(words("eat box"), NOTHING) == 0.0


def test_steps_as_objects_are_read_like_lines() -> None:
    steps = {"steps": [{"action_took": "open box", "obs": "You open the box.\nInside: a key."}]}
    assert list(lines(steps)) == ["open box -> You open the box."]


@given(JSON)
def test_any_memory_is_read(memory: object) -> None:
    reading = Reading.of(memory)
    gain, loss = reading.advice(words("take key from box"), NOTHING, GOAL)
    assert 0 <= gain <= 1.3
    assert 0 <= loss <= 1.3
    assert -0.8 <= reading.experience.worth(words("take key"), GOAL) <= 1


@pytest.mark.parametrize(
    "line",
    [
        "when {x} {x} {x} -> prefer: {x}",
        "when " + "{x}" * 130 + " -> do: it",
        "when " + "-" * 390 + "->",
        "if " * 130,
        "prefer: " * 50,
        "when (((((({x} -> prefer: \\1",
    ],
)
def test_awkward_lines_are_read_at_once(line: str) -> None:
    started = time.monotonic()
    reading = Reading.of([line] * 400)
    list(reading.instructions("a " * 200))
    reading.advice(words("take key"), NOTHING, GOAL)
    assert time.monotonic() - started < 5.0


def test_a_task_is_read_once_however_many_rows_stand_below_it(monkeypatch):
    read: list[str] = []
    of = reading._Task.of

    def counted(task, goal):
        read.append(task)
        return of(task, goal)

    monkeypatch.setattr(reading._Task, "of", counted)
    memory = {"task": "a\n" * 9000, "rows": [["open box -> It is empty."] for _ in range(5000)]}
    found = Reading.of(memory)
    assert len(read) == 1
    assert found.experience is not None
