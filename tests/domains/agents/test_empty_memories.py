"""Real games: memories that know nothing gain nothing, memories that are wrong lose little."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from alma_safe.domains.agents.scripted import ScriptedAgent
from alma_safe.domains.base import Manner, View
from alma_safe.domains.episode import seed_of
from envs.babaisai.pack import domain

BABA = domain(Path())
LIMIT = 20

type Make = Callable[[View], Mapping[str, Any]]

KNOWS_NOTHING: dict[str, Make] = {
    "goal": lambda view: {"goal": [view.goal] * 20, "task": view.goal},
    "actions": lambda view: {"actions": list(view.choices) * 10},
    "course": lambda view: {"reward": 1.0, "task": view.goal, "steps": sorted(view.choices)},
    "texts": lambda view: {"seen": view.text.splitlines() * 5, "all": [view.about, view.goal]},
    "praise": lambda view: {"advice": [f"prefer: {choice}" for choice in view.choices]},
    "kinds": lambda view: {"advice": [f"prefer: {v} <thing>" for v in ("go", "make", "break")]},
    "blame": lambda view: {"advice": [f"avoid: {choice}" for choice in view.choices]},
    "losses": lambda view: {"past": [f"{choice} -> It was; game lost" for choice in view.choices]},
    "empty": lambda view: {"dump": [f"{choice} -> It is a block." for choice in view.choices]},
}
HELPS = {
    "advice": ["when {x} is win -> prefer: go to {x}", "prefer: make <thing> is win"],
    "avoid": ["avoid: go <thing>", "avoid: break <thing> is win"],
}


def score(make: Make) -> float:
    """Mean reward over held-out levels, each played twice."""
    total = 0.0
    tasks = BABA.tasks("in", "graded")
    for task in tasks:
        for repeat in range(2):
            seed = seed_of(1, task.id, repeat)
            game = BABA.open(task.id, Manner(skills=True, limit=LIMIT, seed=seed))
            view = game.reset()
            player = ScriptedAgent().player(make(view), view, seed)
            while not view.done and view.steps < LIMIT:
                view = game.step(asyncio.run(player.act(view)))
            game.close()
            total += view.reward
    return total / (2 * len(tasks))


@pytest.fixture(scope="module")
def alone() -> float:
    return score(lambda _: {})


@pytest.mark.slow
@pytest.mark.parametrize("kind", KNOWS_NOTHING)
def test_memory_that_knows_nothing_gains_nothing(kind: str, alone: float) -> None:
    found = score(KNOWS_NOTHING[kind])
    print(kind, alone, found)
    assert found <= alone + 0.03


@pytest.mark.slow
def test_memory_that_knows_how_gains(alone: float) -> None:
    assert score(lambda _: HELPS) >= alone + 0.15
