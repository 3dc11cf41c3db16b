# [expect]
# stage = "properties"
# names = ["general_retrieve", "deadlock", "deadline", "retrieve"]
# bug = "two layers take each other's lock in opposite order: concurrent retrieves deadlock"
import asyncio
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class LinkedLayer(Sub_memo_layer):
    """A tail of notes that also consults its partner layer."""

    def __init__(self, name: str) -> None:
        super().__init__(layer_intro=f"The latest notes on {name}.")
        self.embedder = Embedding()
        self.lock = asyncio.Lock()
        self.partner: Optional["LinkedLayer"] = None
        self.notes: List[Dict[str, Any]] = []

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        async with self.lock:
            query = await self.embedder.get_embedding(kwargs["text"])
            found = [dict(note) for note in self.notes[-2:]]
            if self.partner is not None:
                async with self.partner.lock:
                    await Embedding.compute_similarity(query, query)
                    found += [dict(note) for note in self.partner.notes[-1:]]
            return found

    async def update(self, **kwargs) -> None:
        async with self.lock:
            self.notes = (self.notes + [kwargs["note"]])[-40:]


class PartnerMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.plans = LinkedLayer("plans")
        self.places = LinkedLayer("places")
        self.plans.partner, self.places.partner = self.places, self.plans

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        text = str(recorder.init.get("goal") or recorder.init.get("obs") or "(empty)")[:800]
        plans = await self.plans.retrieve(text=text)
        return {"plans": plans, "places": await self.places.retrieve(text=text)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:12]]
        await self.plans.update(note={"actions": actions, "reward": float(recorder.reward)})
        await self.places.update(note={"start": str(recorder.init.get("obs", ""))[:200]})
