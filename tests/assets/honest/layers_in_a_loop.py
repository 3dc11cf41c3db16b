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


class Base(Sub_memo_layer):
    def __init__(self, client: Agent, settings: dict[str, int]) -> None:
        super().__init__(type(self).__name__)
        self.client = client
        self.settings = settings
        self.rows: list[str] = []

    def keep(self, row: str) -> None:
        self.rows = [*self.rows, row][-self.settings["kept"]:]

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return self.rows[-self.settings["shown"]:]


class Goals(Base):
    async def update(self, **kwargs: Any) -> None:
        self.keep(kwargs["goal"][:60])


class Tips(Base):
    async def update(self, **kwargs: Any) -> None:
        try:
            self.keep(str(await self.client.ask(kwargs["goal"]))[:80])
        except Exception:
            logger.warning("no tip")


class TupleLoopMemory(MemoStructure):
    LAYERS = (Goals, Tips)

    def __init__(self) -> None:
        super().__init__()
        client = Agent("One tip.")
        self.layers: list[Base] = []
        for layer_class in self.LAYERS:
            self.layers.append(layer_class(client, {"kept": 30, "shown": 2}))

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {layer.layer_intro: await layer.retrieve() for layer in self.layers}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for layer in self.layers:
            await layer.update(goal=goal_of(recorder))
