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


class TunableLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__("tunable")
        self._settings = {"k": 2}
        self.rows: list[str] = []

    @property
    def settings(self) -> dict[str, int]:
        return dict(self._settings)

    @settings.setter
    def settings(self, value: dict[str, int]) -> None:
        if not 0 < value["k"] < 10:
            raise ValueError("k")
        self._settings = {**self.settings, **value}

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return self.rows[-self.settings["k"]:]

    async def update(self, **kwargs: Any) -> None:
        self.rows = [*self.rows[-29:], kwargs["row"]]
        self.settings = {"k": 3 if kwargs["reward"] < 0.5 else 2}


class TunableMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = TunableLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"rows": await self.layer.retrieve(), "k": self.layer.settings["k"]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(row=goal_of(recorder)[:60], reward=float(recorder.reward))
