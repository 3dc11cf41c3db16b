# honest: defaults of Chroma and logging written out as None, members of an enum read by name
import logging
import uuid
from enum import Enum
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from langchain_chroma import Chroma
from utils.hire_agent import Embedding

logging.basicConfig(level=logging.WARNING, filename=None)
logger = logging.getLogger(__name__)


class Outcome(Enum):
    SOLVED = 1.0
    HALFWAY = 0.5
    FAILED = 0.0

    @classmethod
    def of(cls, reward: float) -> "Outcome":
        return min(cls.__members__.values(), key=lambda outcome: abs(outcome.value - reward))


class OutcomeStore(Sub_memo_layer):
    """Goals and what became of them, one collection for each instance."""

    def __init__(self) -> None:
        super().__init__(layer_intro="goals and their outcomes")
        self.database = Chroma(
            collection_name=f"outcomes_{uuid.uuid4().hex}",
            embedding_function=Embedding(),
            persist_directory=None,
        )
        self.ids: List[str] = []
        self.count = 0

    async def retrieve(self, **kwargs: Any) -> List[Dict[str, Any]]:
        if not self.ids:
            return []
        try:
            hits = self.database.similarity_search(kwargs["goal"] or "nothing", k=3)
        except Exception as error:
            logger.warning("no search: %s", error)
            return []
        return [{"goal": hit.page_content[:200], **hit.metadata} for hit in hits]

    async def update(self, **kwargs: Any) -> None:
        self.count += 1
        name = f"episode-{self.count}"
        try:
            self.database.add_texts(
                [kwargs["goal"] or "nothing"],
                metadatas=[{"outcome": kwargs["outcome"].name, "steps": kwargs["steps"]}],
                ids=[name],
            )
        except Exception as error:
            logger.warning("not stored: %s", error)
            return
        self.ids.append(name)
        if len(self.ids) > 80:
            self.database.delete(ids=[self.ids.pop(0)])


class OutcomeMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.store = OutcomeStore()

    @staticmethod
    def goal(recorder: Basic_Recorder) -> str:
        return str(recorder.init.get("goal") or recorder.init.get("obs") or "").strip()[:1000]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        found = await self.store.retrieve(goal=self.goal(recorder))
        return {"similar_goals": found} if found else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.store.update(
            goal=self.goal(recorder), outcome=Outcome.of(recorder.reward), steps=len(recorder.steps)
        )
