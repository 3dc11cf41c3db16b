import uuid
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from langchain_chroma import Chroma
from utils.hire_agent import Agent, Embedding


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.agent = Agent(
            "You summarise.", {"lessons": {"type": "list[str]"}}, model="gpt-4.1-mini"
        )
        self.plain = Agent(system_prompt="Be brief.")
        self.db = Chroma(collection_name=f"m_{uuid.uuid4().hex}", embedding_function=self.embedder)
        self.database = {"db": self.db}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        found = self.db.similarity_search_with_score(recorder.init.get("obs", "") or "x", k=2)
        vector = await self.embedder.get_embedding("x")
        similarity = await Embedding.compute_similarity(vector, vector)
        group = await self.embedder.compute_one_to_group_similarity(vector, [vector])
        stored = self.db.get(ids=["1"])
        return {
            "found": [(doc.page_content, doc.metadata.get("r"), score) for doc, score in found],
            "similarity": similarity + sum(group),
            "stored": stored["documents"],
            "count": self.db._collection.count(),
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        reply = await self.agent.ask(user_input="x", with_history=False, temperature=0.2)
        lessons = reply.get("lessons", []) if isinstance(reply, dict) else reply["lessons"]
        text = (await self.plain.ask("say")).strip()
        self.database["db"].add_texts(
            [text or "-"], metadatas=[{"r": recorder.reward, "n": len(lessons)}]
        )
        self.db.delete(ids=["1"])
