from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent, Embedding

logger = logging.getLogger(__name__)


def action_of(step: dict[str, Any]) -> str:
    taken = step.get("action_took") or ""
    return (" ".join(map(str, taken)) if isinstance(taken, list) else str(taken))[:80]


def goal_of(recorder: Basic_Recorder) -> str:
    return str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:300]


from dataclasses import dataclass


@dataclass
class Entry:
    goal: str
    actions: list[str]
    reward: float

    def dump(self) -> dict[str, Any]:
        return {"goal": self.goal, "actions": self.actions, "reward": round(self.reward, 2)}


class EntryLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__("entries")
        self.entries: list[Entry] = []

    async def retrieve(self, **kwargs: Any) -> list[dict[str, Any]]:
        best = sorted(self.entries, key=lambda e: -e.reward)[:3]
        return [entry.dump() for entry in best]

    async def update(self, **kwargs: Any) -> None:
        entry = Entry(kwargs["goal"], kwargs["actions"], kwargs["reward"])
        logger.debug("new entry %s", json.dumps(entry.dump()))
        self.entries = [*self.entries[-39:], entry]


class DumpMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = EntryLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        found = await self.layer.retrieve()
        return {"examples": found} if found else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(
            goal=goal_of(recorder), actions=[action_of(s) for s in recorder.steps[:12]], reward=float(recorder.reward)
        )
