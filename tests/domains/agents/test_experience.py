from __future__ import annotations

import pytest

from alma_safe.domains.agents.experience import Experience, alike, valence
from alma_safe.domains.agents.reading import Reading, words

NOTHING: frozenset[str] = frozenset()
GOAL = frozenset(words("pick up the butter from the table"))


def past(memory: object, goal: frozenset[str] = GOAL) -> Experience:
    return Reading.of(memory, goal).experience


def worth(memory: object, action: str, goal: frozenset[str] = GOAL) -> float:
    return past(memory, goal).worth(words(action), goal)


@pytest.mark.parametrize(
    ("outcome", "value"),
    [
        ("A sponge; score went up", 1.0),
        ("You open the box.", 0.4),
        ("A room.", 0.1),
        ("You can't.", -0.4),
        ("You carry nothing.", -0.4),
        ("x; game lost", -0.8),
    ],
)
def test_outcomes_are_weighed(outcome: str, value: float) -> None:
    assert valence(outcome) == value


def test_what_paid_with_a_thing_of_their_goal_speaks_for_the_things_of_mine() -> None:
    memory = {
        "task": "Recover the sponge from the floor.",
        "reward": 1.0,
        "steps": ["take sponge -> You pick it up.; score went up"],
    }
    assert worth(memory, "take butter") > 3 * worth(memory, "take key") > 0


def test_last_step_of_a_game_that_was_not_won_counts_against_its_like() -> None:
    steps = ["go north -> A hall.", "eat potato -> You eat the potato. Not bad."]
    assert worth({"reward": 0.2, "steps": steps}, "eat apple") < 0
    assert worth({"reward": 1.0, "steps": steps}, "eat apple") > 0
    assert worth({"failed_example": {"steps": steps}}, "eat apple") < 0


def test_what_lost_a_game_is_a_danger_with_other_things_of_the_same_role() -> None:
    lost = {
        "task": "Recover the sponge from the floor.",
        "reward": 0.0,
        "steps": ["take lamp -> You pick it up.; game lost"],
    }
    known = past(lost)
    assert known.danger(words("take lamp")) > known.danger(words("take key")) > 0.5
    assert known.danger(words("take butter")) == 0.0
    assert known.danger(words("open key")) == 0.0


def test_danger_is_less_where_the_like_was_safe() -> None:
    lost = "take lamp -> You pick it up.; game lost"
    safe = [f"take rag{n} -> You pick it up." for n in range(4)]
    often = past([*safe, lost]).danger(words("take key"))
    assert 0 < often < past([lost]).danger(words("take key")) / 2


def test_a_game_that_ran_out_of_steps_is_no_danger() -> None:
    memory = {"reward": 0.0, "steps": ["take lamp -> You pick it up."]}
    assert past(memory).danger(words("take key")) == 0.0


def test_danger_of_a_way_is_of_that_way() -> None:
    known = past(["go north -> You fall.; game lost"])
    assert known.danger(words("go north")) > 0.5
    assert known.danger(words("go south")) == 0.0


def test_one_waste_counts_little_and_many_count_more() -> None:
    once = worth(["examine lamp -> You can't."], "examine box")
    often = worth([f"examine lamp{n} -> You can't." for n in range(8)], "examine box")
    assert -0.1 < once < 0
    assert often < 2 * once


def test_what_told_nothing_new_is_a_waste() -> None:
    again = ["look -> A hall.", "look -> A hall.", "look -> A hall."]
    assert worth(again, "look") < 0 < worth(again[:1], "look")


def test_step_is_credited_for_what_a_later_one_on_the_same_thing_brought() -> None:
    steps = ["open chest -> It opens.", "look -> A hall.", "take gem from chest -> score went up"]
    assert worth(steps, "open chest", NOTHING) > worth(steps[:2], "open chest", NOTHING)
    assert worth(steps, "look", NOTHING) == worth(steps[:2], "look", NOTHING)


def test_what_held_nothing_there_says_nothing_of_the_way_here() -> None:
    assert worth(["go to shelf -> On the shelf, you see nothing."], "go to shelf") == 0.0
    assert worth(["go to shelf -> You see some butter."], "go to shelf") > 0.2
    assert worth(["go to shelf -> You see some butter."], "go to bed") == 0.0


def test_course_of_theirs_goes_on_with_my_thing() -> None:
    memory = {
        "reward": 1.0,
        "steps": ["make ball is win -> ball is win", "go to ball -> score went up"],
    }
    known = past(memory)
    assert known.next(words("make key is win"), words("go to key")) == 1.0
    assert known.next(words("make key is win"), words("go to door")) == 0.0


def test_thing_is_told_of_as_the_thing_was_that_paid() -> None:
    goal = frozenset(words("Reach what is WIN"))
    known = past(["make ball is win -> ball is win", "go to ball -> score went up"], goal)
    said = frozenset({words("key is win"), words("wall is stop")})
    assert known.cued(words("go to key"), said)
    assert not known.cued(words("go to wall"), said)


@pytest.mark.parametrize(
    "memory",
    [
        {"goal": "pick up the butter " * 40},
        {"steps": ["take butter", "take butter from table"]},
        {"reward": 1.0, "task": "pick up the butter", "steps": ["take butter"]},
        {"note": "take butter and you will win"},
        [["take butter"], ["go north"]],
    ],
)
def test_actions_without_outcomes_and_goals_are_no_evidence(memory: object) -> None:
    assert worth(memory, "take butter from table") == 0.0
    assert not past(memory).cues


def test_likeness_is_of_verb_words_and_role() -> None:
    sponge = frozenset({"sponge"})
    theirs = words("take sponge")
    assert alike(theirs, sponge, words("open sponge"), GOAL) == 0.0
    assert alike(theirs, sponge, words("take butter"), GOAL) == 1.0
    assert alike(theirs, NOTHING, words("take lamp"), GOAL) > alike(
        theirs, sponge, words("take lamp"), GOAL
    )
