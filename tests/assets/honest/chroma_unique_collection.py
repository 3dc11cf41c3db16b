# honest: Chroma with a uuid4 collection name per instance, flat metadata, JSON payload as a string, pruning
import json
import uuid
from typing import Any, Dict, List

from langchain_chroma import Chroma

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class EpisodeVectorLayer(Sub_memo_layer):
    """
    Layer: semantic episode store.
    Stores one document per episode in Chroma; metadata only carries flat primitives.
    """

    def __init__(self):
        super().__init__()
        self.layer_intro = "Semantic store of episodes"
        self.database = Chroma(
            collection_name=f"episodes_{uuid.uuid4().hex}",
            embedding_function=Embedding(),
        )
        self.ids: List[str] = []
        self.max_items = 120

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        query: str = kwargs["query"]
        if not self.ids:
            return []
        found = []
        for document, distance in self.database.similarity_search_with_score(query, k=min(4, len(self.ids))):
            metadata = document.metadata
            found.append(
                {
                    "situation": document.page_content[:200],
                    "actions": json.loads(metadata["actions"]),
                    "reward": metadata["reward"],
                    "distance": round(float(distance), 4),
                }
            )
        found.sort(key=lambda row: (row["distance"], -row["reward"], row["situation"], row["actions"]))
        return found

    async def update(self, **kwargs) -> None:
        doc_id = str(uuid.uuid4())
        self.database.add_texts(
            texts=[kwargs["situation"]],
            metadatas=[{"actions": json.dumps(kwargs["actions"]), "reward": kwargs["reward"]}],
            ids=[doc_id],
        )
        self.ids.append(doc_id)
        if len(self.ids) > self.max_items:
            oldest = self.ids.pop(0)
            self.database.delete(ids=[oldest])


class ChromaMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.episode_layer = EpisodeVectorLayer()
        self.database = self.episode_layer.database

    def _situation(self, recorder: Basic_Recorder) -> str:
        parts = []
        for key in ("goal", "obs", "long_term_context", "short_term_context"):
            if recorder.init.get(key):
                parts.append(f"[{key}] {str(recorder.init[key])[:1000]}")
        return "\n".join(parts) or "[empty situation]"

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict:
        return {"similar_episodes": await self.episode_layer.retrieve(query=self._situation(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:80] for step in recorder.steps[:15]]
        await self.episode_layer.update(
            situation=self._situation(recorder), actions=actions, reward=float(recorder.reward)
        )
