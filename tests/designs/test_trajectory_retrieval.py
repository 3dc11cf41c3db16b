"""Which episodes it shows, and how it tells their ends."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from alma_safe.contract import Basic_Recorder, MemoStructure
from alma_safe.sandbox.broker.asked import EmbedRequest
from alma_safe.sandbox.broker.local import LocalModel

PATH = Path(__file__).resolve().parents[2] / "designs" / "trajectory_retrieval.py"
HALL = "A hall with a carpet, a mirror, two lamps, a long table and a door to the garden."


class Embedding:
    """The local model's, without a sandbox."""

    async def get_embedding(self, text: str) -> list[float]:
        found = await LocalModel().embed(EmbedRequest(model="local", texts=(text,)))
        return list(found.rows[0])


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> MemoStructure:
    hire = ModuleType("utils.hire_agent")
    hire.Embedding = Embedding  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "utils", ModuleType("utils"))
    monkeypatch.setitem(sys.modules, "utils.hire_agent", hire)
    spec = importlib.util.spec_from_file_location("trajectory_retrieval", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "trajectory_retrieval", module)
    spec.loader.exec_module(module)
    design: MemoStructure = module.TrajectoryRetrieval()
    return design


def learned(
    memory: MemoStructure, goal: str, opening: str, reward: float, *, done: bool = True
) -> None:
    step = {"action_took": f"take {goal.split()[-1]}", "obs": "Yes.", "scores": reward}
    init = {"obs": opening, "goal": goal}
    recorder = Basic_Recorder(init=init, steps=[step | {"dones": done}], reward=reward)
    asyncio.run(memory.general_update(recorder))


def told(memory: MemoStructure, goal: str, opening: str = HALL) -> list[dict[str, Any]]:
    recorder = Basic_Recorder(init={"obs": opening, "goal": goal}, steps=[], reward=0.0)
    found: dict[str, Any] = asyncio.run(memory.general_retrieve(recorder))
    return list(found.get("similar_past_episodes", []))


def test_a_long_description_of_the_place_does_not_drown_what_is_asked(
    memory: MemoStructure,
) -> None:
    learned(memory, "cook a meal", HALL, 1.0)
    learned(memory, "please fetch the blue key", "A cellar with a door to the kitchen.", 1.0)
    opening = "A hall with a clock, a chest, two chairs, a long bench and a door to the cellar."
    first = told(memory, "please fetch the red key", opening)[0]
    assert first["task"].startswith("please fetch the blue key")


def test_the_few_nearest_are_shown_best_first(memory: MemoStructure) -> None:
    assert told(memory, "fetch the red key") == []
    for thing in ("red ball", "red key", "blue key", "green ball", "old key"):
        learned(memory, f"fetch the {thing}", HALL, 1.0)
    found = told(memory, "fetch the red key")
    assert len(found) == 3
    assert found[0]["task"].startswith("fetch the red key")


def test_lost_is_what_was_over_short_of_the_full_reward(memory: MemoStructure) -> None:
    learned(memory, "fetch the key", HALL, 0.0)
    learned(memory, "fetch the ball", HALL, 0.0, done=False)
    learned(memory, "fetch the lamp", HALL, 1.0)
    ends = {each["task"].splitlines()[0]: each["steps"][-1] for each in told(memory, "fetch the")}
    assert ends["fetch the key"].endswith("; game lost")
    assert "lost" not in ends["fetch the ball"]
    assert ends["fetch the lamp"].endswith("; score went up")
