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


class ScoredClient:
    """One exchange with the model, opened and closed."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.client = Agent(settings["prompt"])
        self.open = 0

    async def __aenter__(self) -> ScoredClient:
        self.open += 1
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        self.open -= 1

    async def ask(self, text: str) -> str:
        try:
            return str(await self.client.ask(text))[: self.settings["limit"]]
        except Exception:
            return ""


class ReflectionLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__("reflections")
        self.reflections: list[str] = []
        self.settings = {"prompt": "Reflect in one sentence.", "limit": 160}

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return self.reflections[-3:]

    async def update(self, **kwargs: Any) -> None:
        async with ScoredClient(self.settings) as scored:
            said = await scored.ask(kwargs["text"])
            limit = scored.settings["limit"]
        if said:
            self.reflections = [*self.reflections[-19:], said[:limit]]


class ReflectionMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = ReflectionLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"reflections": await self.layer.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(text=f"{goal_of(recorder)}: reward {recorder.reward}")
