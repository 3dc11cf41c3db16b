# [expect]
# stage = "properties"
# names = ["instance", "share", "Chroma", "collection"]
# bug = "all instances write into the default Chroma collection"
from typing import Any, Dict, List

from langchain_chroma import Chroma

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class VectorStoreLayer(Sub_memo_layer):
    """Episode descriptions in a vector store."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Episode descriptions in a vector store.")
        self.store = Chroma(embedding_function=Embedding())

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        documents = self.store.similarity_search(kwargs["query"], k=3)
        return [{"actions": d.metadata.get("actions", ""), "reward": d.metadata.get("reward", 0.0)} for d in documents]

    async def update(self, **kwargs) -> None:
        self.store.add_texts([kwargs["text"]], metadatas=[kwargs["metadata"]])


class VectorStoreMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = VectorStoreLayer()

    def _describe(self, recorder: Basic_Recorder) -> str:
        return "\n".join(f"{k}: {str(v)[:400]}" for k, v in sorted(recorder.init.items())) or "(empty)"

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"similar_episodes": await self.layer.retrieve(query=self._describe(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = " > ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:15])
        metadata = {"actions": actions, "reward": float(recorder.reward)}
        await self.layer.update(text=self._describe(recorder), metadata=metadata)
