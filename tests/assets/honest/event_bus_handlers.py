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


from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Event:
    name: str
    payload: dict[str, Any] = field(default_factory=dict)


class EventHandler:
    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.seen = 0

    def handle(self, event: Event) -> None:
        self.seen += 1


class RewardHandler(EventHandler):
    def __init__(self, layer: StatsLayer) -> None:
        super().__init__("episode")
        self.layer = layer

    def handle(self, event: Event) -> None:
        super().handle(event)
        self.layer.add(event.payload["actions"], event.payload["reward"])


class EventBus:
    def __init__(self) -> None:
        self.handlers: dict[str, list[EventHandler]] = defaultdict(list)

    def subscribe(self, handler: EventHandler) -> None:
        self.handlers[handler.topic].append(handler)

    def publish(self, event: Event) -> int:
        for handler in self.handlers[event.name]:
            handler.handle(event)
        return len(self.handlers[event.name])


class StatsLayer(Sub_memo_layer):
    def __init__(self, bus: EventBus) -> None:
        super().__init__(layer_intro="action statistics")
        self.values: dict[str, float] = {}
        bus.subscribe(RewardHandler(self))
        logger.debug("%d handlers", len(bus.handlers["episode"]))

    def add(self, actions: list[str], reward: float) -> None:
        for action in actions:
            self.values[action] = 0.8 * self.values.get(action, 0.0) + 0.2 * reward
        while len(self.values) > 80:
            self.values.pop(next(iter(self.values)))

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return sorted(self.values, key=lambda a: (-self.values[a], a))[:5]

    async def update(self, **kwargs: Any) -> None:
        self.add(kwargs["actions"], kwargs["reward"])


class EventBusMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.bus = EventBus()
        self.stats = StatsLayer(self.bus)

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"good_actions": await self.stats.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [action_of(step) for step in recorder.steps[:50]]
        self.bus.publish(Event("episode", {"actions": actions, "reward": float(recorder.reward)}))
        logger.info("handlers: %d", sum(map(len, self.bus.handlers.values())))
