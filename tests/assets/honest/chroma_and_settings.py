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


import uuid
from dataclasses import dataclass

from langchain_chroma import Chroma


@dataclass
class Settings:
    k: int = 2
    limit: int = 50


class Layer(Sub_memo_layer):
    def __init__(self, settings: Settings) -> None:
        super().__init__(type(self).__name__)
        self.settings = settings


class Vectors(Layer):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.store = Chroma(collection_name=f"v{uuid.uuid4().hex}", embedding_function=Embedding())
        self.count = 0

    async def retrieve(self, **kwargs: Any) -> list[str]:
        if not self.count:
            return []
        found = self.store.similarity_search(kwargs["goal"] or "nothing", k=self.settings.k)
        return [document.page_content for document in found]

    async def update(self, **kwargs: Any) -> None:
        if self.count < self.settings.limit:
            self.store.add_texts([kwargs["goal"] or "nothing"])
            self.count += 1


class Recent(Layer):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.rows: list[str] = []

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return self.rows[-self.settings.k:]

    async def update(self, **kwargs: Any) -> None:
        self.rows = [*self.rows, kwargs["goal"][:60]][-self.settings.limit:]


class ChromaRegistryMemory(MemoStructure):
    LAYERS = {"vectors": Vectors, "recent": Recent}

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()
        self.layers = {name: make(self.settings) for name, make in self.LAYERS.items()}

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {name: await layer.retrieve(goal=goal_of(recorder)) for name, layer in self.layers.items()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for layer in self.layers.values():
            await layer.update(goal=goal_of(recorder))
            logger.debug("%d", layer.settings.k)
