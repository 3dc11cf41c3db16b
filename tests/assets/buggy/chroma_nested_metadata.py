# [expect]
# stage = "properties"
# names = ["metadata", "ValueError"]
# bug = "stores a nested dict as Chroma metadata, which only takes flat primitives"
import uuid
from typing import Any, Dict, List

from langchain_chroma import Chroma

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class TaskStore(MemoStructure):
    """Goals in a private vector store, the outcome in the metadata."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Chroma(collection_name=f"tasks_{uuid.uuid4().hex}", embedding_function=Embedding())

    def _goal(self, recorder: Basic_Recorder) -> str:
        return str(recorder.init.get("goal") or recorder.init.get("obs") or "(no goal)")[:800]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        found: List[Dict[str, Any]] = []
        for document, distance in self.store.similarity_search_with_score(self._goal(recorder), k=3):
            found.append({"goal": document.page_content[:200], "outcome": document.metadata.get("outcome")})
        return {"similar_tasks": found}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        outcome = {"reward": float(recorder.reward), "steps": len(recorder.steps)}
        self.store.add_texts([self._goal(recorder)], metadatas=[{"outcome": outcome, "domain": "game"}])
