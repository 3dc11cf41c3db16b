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


from collections.abc import Awaitable, Callable
from typing import Protocol


class Strategy(Protocol):
    name: str

    async def propose(self, goal: str) -> str: ...


class AgentStrategy:
    def __init__(self, name: str, prompt: str) -> None:
        self.name = name
        self.client = Agent(prompt)

    async def propose(self, goal: str) -> str:
        try:
            return str(await self.client.ask(goal))[:120]
        except Exception:
            return ""


class FixedStrategy:
    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    async def propose(self, goal: str) -> str:
        return self.text


class StrategyManager:
    def __init__(self, strategies: list[Strategy]) -> None:
        self.strategies = {strategy.name: strategy for strategy in strategies}
        self.handlers: dict[str, Callable[[str], Awaitable[str]]] = {
            name: strategy.propose for name, strategy in self.strategies.items()
        }

    async def run(self, goal: str) -> dict[str, str]:
        said = await asyncio.gather(*(handler(goal) for handler in self.handlers.values()))
        return dict(zip(self.handlers, said, strict=True))


class StrategyLayer(Sub_memo_layer):
    def __init__(self, manager: StrategyManager) -> None:
        super().__init__("strategies")
        self.manager = manager
        self.proposals: list[dict[str, str]] = []

    async def retrieve(self, **kwargs: Any) -> list[dict[str, str]]:
        return self.proposals[-2:]

    async def update(self, **kwargs: Any) -> None:
        self.proposals = [*self.proposals[-19:], await self.manager.run(kwargs["goal"])]


class StrategyMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = StrategyLayer(
            StrategyManager([AgentStrategy("model", "Propose a plan."), FixedStrategy("fixed", "look around first")])
        )

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"proposals": await self.layer.retrieve(), "known": sorted(self.layer.manager.strategies)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(goal=goal_of(recorder))
