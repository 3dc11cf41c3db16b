from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alma_safe.domains.agents.scripted import ScriptedAgent
from alma_safe.domains.base import View

DOORS = tuple(f"open {colour} door" for colour in ("red", "green", "blue", "white", "black"))


def played(memory: Any, seed: int, *, steps: int = 3) -> list[str]:
    view = View(fields={}, text="Five doors.", goal="Find the treasure.", choices=DOORS)
    player = ScriptedAgent().player(memory, view, seed)
    return [asyncio.run(player.act(view)) for _ in range(steps)]


def rate(memory: Any) -> float:
    """How often the green door is among the first two of 200 players."""
    return sum("open green door" in played(memory, seed, steps=2) for seed in range(200)) / 200


@given(st.integers(0, 2**62))
def test_same_seed_is_the_same_play(seed: int) -> None:
    assert played({}, seed) == played({}, seed)


def test_what_was_not_tried_goes_before_what_changed_nothing() -> None:
    assert all(len(set(played({}, seed, steps=3))) == 3 for seed in range(20))


def test_advice_that_helps_helps() -> None:
    assert rate({}) < 0.5
    assert rate({"advice": ["prefer: open green door"]}) == 1.0
    assert rate({"advice": ["avoid: open green door"]}) == 0.0
    assert rate({"seen": ["open green door -> You open it; score went up"]}) > 0.95


def test_memory_that_knows_nothing_gains_nothing() -> None:
    """Repeating the goal, lists of actions, praise of everything: no better than nothing."""
    alone = rate({})
    for memory in (
        {"goal": "Find the treasure. " * 50},
        {"actions": list(DOORS) * 20},
        {"note": "open green door"},
        {"advice": [f"prefer: {door}" for door in DOORS]},
        {"advice": ["prefer: open <thing>"]},
        {"dump": [f"{door} -> It is a door." for door in DOORS] * 10},
    ):
        assert abs(rate(memory) - alone) <= 0.05, memory


def chosen(memory: Any, view: View, seed: int) -> str:
    return asyncio.run(ScriptedAgent().player(memory, view, seed).act(view))


def test_what_a_line_warns_of_is_not_done_though_another_calls_for_it() -> None:
    calls = "when fry the {x} -> prefer: cook {x} with stove"
    warns = "when a fried {x} -> avoid: cook {x} with stove"
    view = View(
        fields={},
        text="fry the egg\nYou are carrying: a knife and a fried egg.",
        choices=("cook egg with stove", "look", "wait"),
    )
    for seed in range(20):
        assert chosen([calls], view, seed) == "cook egg with stove"
        assert chosen([calls, warns], view, seed) != "cook egg with stove"
        assert chosen([warns, calls], view, seed) != "cook egg with stove"


def test_what_lost_games_is_left_while_there_is_something_else() -> None:
    told = {"reward": 0.0, "steps": ["open red door -> A tiger.; game lost"]}
    assert all(played({"past": told}, seed, steps=1) != ["open red door"] for seed in range(50))


def test_what_would_undo_the_last_change_is_put_off() -> None:
    shut = View(fields={}, text="A box.", choices=("open box",), place="hall")
    choices = ("close box", "look", "take lamp from box")
    after = View(fields={}, text="It is open.", choices=choices, place="hall")
    undone = 0
    for seed in range(100):
        player = ScriptedAgent().player({}, shut, seed)
        asyncio.run(player.act(shut))
        undone += asyncio.run(player.act(after)) == "close box"
    assert undone < 5
