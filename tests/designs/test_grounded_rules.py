"""What it learns in made-up worlds whose words occur in no shipped domain."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from alma_safe.contract import Basic_Recorder, MemoStructure

PATH = Path(__file__).resolve().parents[2] / "designs" / "grounded_rules.py"


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> MemoStructure:
    spec = importlib.util.spec_from_file_location("grounded_rules", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "grounded_rules", module)  # dataclasses look it up
    spec.loader.exec_module(module)
    design: MemoStructure = module.GroundedRules()
    return design


def learned(
    memory: MemoStructure, goal: str, steps: list[tuple[str, str, float]], *, done: bool = False
) -> None:
    """One episode of actions, answers and scores; its reward is the last score."""
    logged: list[dict[str, Any]] = [
        {"action_took": action, "obs": text, "scores": score, "dones": False}
        for action, text, score in steps
    ]
    logged[-1]["dones"] = done
    init = {"obs": "A ship.", "goal": goal}
    recorder = Basic_Recorder(init=init, steps=logged, reward=steps[-1][2])
    asyncio.run(memory.general_update(recorder))


def told(memory: MemoStructure, goal: str) -> dict[str, list[str]]:
    recorder = Basic_Recorder(init={"obs": "A ship.", "goal": goal}, steps=[], reward=0.0)
    return asyncio.run(memory.general_retrieve(recorder))


def voyages(memory: MemoStructure) -> None:
    for thing, place in (("rope", "mast"), ("flag", "stern"), ("lamp", "galley")):
        learned(
            memory,
            f"put some {thing} on the {place}.",
            [
                ("go to hold 1", f"On the hold 1, you see a {thing} 1 and a crate 1.", 0.0),
                (f"take {thing} 1 from hold 1", f"You pick up the {thing} 1.", 0.0),
                (f"go to {place} 1", "You arrive.", 0.0),
                (f"move {thing} 1 to {place} 1", "You move it.", 1.0),
            ],
            done=True,
        )


def test_nothing_is_told_by_who_knows_nothing(memory: MemoStructure) -> None:
    assert told(memory, "put some rope on the mast.") == {}


def test_won_episodes_are_told_in_the_words_of_a_new_goal(memory: MemoStructure) -> None:
    voyages(memory)
    procedure = told(memory, "put some anchor on the stern.")["procedure"]
    assert "prefer: take anchor" in procedure
    assert "when carrying anchor -> prefer: go to stern" in procedure
    assert "prefer: move anchor to stern" in procedure
    assert not any("rope" in line or "mast" in line for line in procedure)


def test_things_are_looked_for_where_they_were_seen(memory: MemoStructure) -> None:
    voyages(memory)
    assert "prefer: go to hold" in told(memory, "put some lamp on the mast.")["procedure"]


def test_deed_that_a_goal_asks_for_comes_before_the_last_step(memory: MemoStructure) -> None:
    voyages(memory)
    for deed, tool in (("dry", "oven"), ("wash", "bucket")):
        learned(
            memory,
            f"{deed} some rope and put it on the mast.",
            [
                ("take rope 1 from hold 1", "You pick up the rope 1.", 0.0),
                (f"go to {tool} 1", "You arrive.", 0.0),
                (f"{deed} rope 1 with {tool} 1", f"You {deed} it.", 0.0),
            ],
        )
    procedure = told(memory, "put a wash flag on the mast.")["procedure"]
    assert "prefer: wash flag" in procedure
    assert "when carrying flag -> prefer: go to bucket" in procedure
    assert "when carrying flag washed -> prefer: move flag to mast" in procedure
    assert not any("oven" in line for line in procedure)


def test_actions_that_bring_nothing_and_those_that_end_the_game(memory: MemoStructure) -> None:
    goal = "Enjoy the voyage."
    for number in range(4):
        learned(
            memory,
            goal,
            [
                ("wait", "Nothing happens.", 0.0),
                ("pull lever", f"A door opens: a cabin{'abcd'[number]}.", 0.0),
                ("wait", "Nothing happens.", 0.0),
                ("drink brine", "You lost!", 0.0),
            ],
            done=True,
        )
    deeds = told(memory, goal)["deeds"]
    assert "avoid: wait" in deeds
    assert any(line.startswith("avoid: drink <thing>") for line in deeds)
    assert not any(line.startswith("avoid: pull") for line in deeds)


def test_instruction_is_tied_to_the_action_whose_answer_tells_of_it(memory: MemoStructure) -> None:
    for thing in ("cod", "eel bone", "squid"):
        learned(
            memory,
            "Cook.",
            [
                ("read note", f"smoke the {thing}\ngut the {thing}", 0.0),
                (f"prepare {thing} with chimney", f"You smoked the {thing}.", 0.0),
                (f"gut {thing} with dagger", f"You gutted the {thing}.", 0.0),
            ],
        )
    found = told(memory, "Cook.")
    assert "when smoke the {x} -> prefer: prepare {x} with chimney" in found["rules"]
    assert "when gut the {x} -> prefer: gut {x} with dagger" in found["rules"]
    assert "avoid: prepare <thing>" in found["only"]


def recipes(memory: MemoStructure) -> None:
    for thing in ("cod", "eel bone", "squid", "crab", "seal", "gull"):
        learned(
            memory,
            "Cook.",
            [
                ("read note", f"smoke the {thing}\ngut the {thing}", 0.0),
                (f"prepare {thing} with chimney", f"You smoked the {thing}.", 0.3),
                ("look", f"On the deck is a smoked {thing}.", 0.3),
                (f"gut {thing} with dagger", f"You gutted the {thing}.", 0.6),
            ],
        )


def test_line_beside_an_instruction_does_not_call_for_its_action(memory: MemoStructure) -> None:
    recipes(memory)
    rules = told(memory, "Cook.")["rules"]
    assert "when smoke the {x} -> prefer: prepare {x} with chimney" in rules
    assert "when gut the {x} -> prefer: prepare {x} with chimney" not in rules


def test_what_instructions_call_for_is_not_praised_without_them(memory: MemoStructure) -> None:
    recipes(memory)
    found = told(memory, "Cook.")
    assert "avoid: prepare <thing>" in found["only"]
    assert "prefer: prepare <thing>" not in found.get("deeds", [])


def test_what_is_told_of_as_done_is_not_done_again(memory: MemoStructure) -> None:
    recipes(memory)
    rules = told(memory, "Cook.")["rules"]
    assert "when a smoked {x} -> avoid: prepare {x} with chimney" in rules
    assert not any("gutted" in rule for rule in rules)


def test_rules_of_what_paid_carry_over_to_other_things(memory: MemoStructure) -> None:
    for thing in ("gull", "crab", "seal"):
        learned(
            memory,
            "Win.",
            [
                ("go to bow", f"{thing} is prize", 0.0),
                (f"go to {thing}", "You are there.", 1.0),
            ],
            done=True,
        )
    assert "when {x} is prize -> prefer: go to {x}" in told(memory, "Win.")["rules"]


def hatches(memory: MemoStructure) -> list[str]:
    """What is told after four voyages with a hatch that only prying opens, and with tar."""
    for number in range(4):
        learned(
            memory,
            "Enjoy the voyage.",
            [
                ("go to jammed hatch", "It is jammed.", 0.0),
                ("go to jammed hatch", "It is jammed.", 0.0),
                ("go to jammed hatch", f"It is jammed. You hear a ghost{'abcd'[number]}.", 0.0),
                ("pry hatch", f"It opens. You see a bunk{'abcd'[number]}.", 0.0),
                ("ring bell", "Nothing is heard.", 0.0),
                ("ring bell", "Nothing is heard.", 0.0),
                ("touch tar", "You lost!", 0.0),
            ],
            done=True,
        )
    return told(memory, "Enjoy the voyage.")["deeds"]


def test_warning_of_what_was_always_in_vain_holds(memory: MemoStructure) -> None:
    assert "when {x} -> avoid: ring bell" in hatches(memory)


def test_no_warning_of_a_pastime_holds(memory: MemoStructure) -> None:
    for _ in range(4):
        learned(memory, "Enjoy the voyage.", [("wait", "Nothing happens.", 0.0)] * 4)
    assert told(memory, "Enjoy the voyage.")["deeds"] == ["avoid: wait"]


def test_kind_that_most_is_done_by_is_not_called_fatal(memory: MemoStructure) -> None:
    for number in range(2):
        row = [("row", f"You see an isle{'abcd'[number]}.", 0.0)] * 20
        learned(memory, "Enjoy.", [*row, ("row", "You lost!", 0.0)], done=True)
        learned(memory, "Enjoy.", [*row, ("eat tar", "You lost!", 0.0)], done=True)
    deeds = told(memory, "Enjoy.")["deeds"]
    assert any(line.startswith("avoid: eat <thing>") for line in deeds)
    assert not any(line.startswith("avoid: row") for line in deeds)


def test_warning_of_what_games_were_lost_by_holds(memory: MemoStructure) -> None:
    assert "when {x} -> avoid: touch tar" in hatches(memory)


def test_deed_is_told_of_in_place_of_one_that_the_same_thing_mostly_refuses(
    memory: MemoStructure,
) -> None:
    deeds = hatches(memory)
    assert "when {x} -> avoid: go to jammed hatch" in deeds
    assert "prefer: pry hatch" in deeds
    assert not any("avoid: pry" in line for line in deeds)


def test_no_warning_holds_of_what_a_goal_names_or_a_tool(memory: MemoStructure) -> None:
    for thing in ("cod", "squid"):
        learned(
            memory,
            "Cook.",
            [("hold dagger", "Fine.", 0.0)] * 6
            + [("ring bell", "Nothing.", 0.0)] * 6
            + [(f"gut {thing} with dagger", f"You gutted the {thing}.", 0.0)],
        )
    deeds = told(memory, "Cook.")["deeds"]
    assert "when {x} -> avoid: ring bell" in deeds
    assert "when {x} -> avoid: hold dagger" not in deeds
    for goal in ("Ring the bell.", "Ring it."):
        for _ in range(3):
            learned(memory, goal, [("polish bell", "Fine.", 0.0)] * 4)
    assert "when {x} -> avoid: polish bell" in told(memory, "Ring it.")["deeds"]
    assert "when {x} -> avoid: polish bell" not in told(memory, "Ring the bell.").get("deeds", [])
