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


import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import override


class MemoryManager:
    def __init__(self) -> None:
        self.handlers: list[str] = []
        self.depth = 0

    @contextlib.contextmanager
    def session(self) -> Iterator[list[str]]:
        self.depth += 1
        try:
            yield self.handlers
        finally:
            self.depth -= 1
            del self.handlers[:-40]


class ManagedLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__("managed")
        self.manager = MemoryManager()
        self._lock = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[MemoryManager]:
        async with self._lock:
            yield self.manager

    @override
    async def retrieve(self, **kwargs: Any) -> list[str]:
        with self.manager.session() as rows:
            return list(rows[-4:])

    @override
    async def update(self, **kwargs: Any) -> None:
        async with self.turn() as manager:
            with manager.session() as rows:
                rows.append(kwargs["row"])


class OverrideMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = ManagedLayer()

    @override
    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"rows": await self.layer.retrieve(), "depth": self.layer.manager.depth}

    @override
    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(row=f"{goal_of(recorder)[:50]} {recorder.reward:.1f}")
