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

from langchain_chroma import Chroma


class ChromaLayer(Sub_memo_layer):
    def __init__(self, collection: str) -> None:
        options = {"collection_name": f"{collection}_{uuid.uuid4().hex}", "embedding_function": Embedding()}
        self.store = Chroma(**options)
        super().__init__("chroma", self.store)
        self.count = 0

    async def retrieve(self, **kwargs: Any) -> list[str]:
        if not self.count:
            return []
        found = self.store.similarity_search_with_score(kwargs["goal"] or "nothing", k=min(3, self.count))
        return [document.page_content for document, _ in found]

    async def update(self, **kwargs: Any) -> None:
        if self.count < 60:
            self.store.add_texts([kwargs["text"]], metadatas=[{"reward": kwargs["reward"]}], ids=[str(self.count)])
            self.count += 1


class ChromaMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = ChromaLayer("episodes")

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"near": await self.layer.retrieve(goal=goal_of(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(text=goal_of(recorder) or "nothing", reward=float(recorder.reward))
