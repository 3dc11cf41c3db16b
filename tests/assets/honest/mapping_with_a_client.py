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


from collections.abc import Iterator, MutableMapping


class VectorStore(MutableMapping[str, list[float]]):
    """A dict of vectors that fills itself through an embedding client."""

    def __init__(self, client: Embedding) -> None:
        self._client = client
        self._rows: dict[str, list[float]] = {}

    def __getitem__(self, key: str) -> list[float]:
        return self._rows[key]

    def __setitem__(self, key: str, value: list[float]) -> None:
        self._rows[key] = value
        while len(self._rows) > 60:
            del self._rows[next(iter(self._rows))]

    def __delitem__(self, key: str) -> None:
        del self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    async def embed(self, text: str) -> list[float]:
        try:
            return list(await self._client.get_embedding(text or "empty"))
        except Exception:
            return []


class StoreLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__("vectors")
        self.store = VectorStore(Embedding())

    async def retrieve(self, **kwargs: Any) -> list[str]:
        query = await self.store.embed(kwargs["goal"])
        scored = [(sum(x * y for x, y in zip(query, row)), key) for key, row in self.store.items()]
        return [key for _, key in sorted(scored, reverse=True)[:3]]

    async def update(self, **kwargs: Any) -> None:
        vector = await self.store.embed(kwargs["goal"])
        if vector:
            self.store[kwargs["goal"][:80]] = vector


class StoreMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = StoreLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"similar": await self.layer.retrieve(goal=goal_of(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(goal=goal_of(recorder))
