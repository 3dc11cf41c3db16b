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


class ClientLayer(Sub_memo_layer):
    """Asks a model for one lesson."""

    def __init__(self) -> None:
        super().__init__("lessons")
        self.client = Agent("Reply with one short lesson.")
        self.lessons: list[str] = []

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return self.lessons[-3:]

    async def update(self, **kwargs: Any) -> None:
        try:
            reply = await self.client.ask(kwargs["summary"])
        except Exception:
            logger.warning("no lesson")
            return
        self.lessons = [*self.lessons[-19:], str(reply)[:200]]


class CountLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__("counts")
        self.counts: dict[str, int] = {}

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return sorted(self.counts, key=lambda a: (-self.counts[a], a))[:4]

    async def update(self, **kwargs: Any) -> None:
        for action in kwargs["actions"]:
            self.counts[action] = self.counts.get(action, 0) + 1
        self.counts = dict(sorted(self.counts.items(), key=lambda kv: -kv[1])[:60])


LAYER_TYPES: dict[str, type[Sub_memo_layer]] = {"lessons": ClientLayer, "counts": CountLayer}


class RegistryMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layers = {name: make() for name, make in LAYER_TYPES.items()}

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {name: await layer.retrieve() for name, layer in self.layers.items()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [action_of(step) for step in recorder.steps[:40]]
        summary = f"{goal_of(recorder)}\n{', '.join(actions)}\nreward {recorder.reward}"
        for layer in self.layers.values():
            await layer.update(actions=actions, summary=summary)
