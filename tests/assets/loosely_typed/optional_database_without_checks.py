from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Notes(Sub_memo_layer):
    database: Optional[List[Dict[str, Any]]] = None

    def __post_init__(self):
        self.database = []

    async def retrieve(self, query: str = "", k: int = 3) -> List[Dict[str, Any]]:
        return [row for row in self.database if query in row["text"]][:k]

    async def update(self, text: str, reward: float = 0.0) -> None:
        self.database.append({"text": text, "reward": reward})
        self.database[-1]["n"] = len(self.database)
        self.database = self.database[-100:]


class Holder(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.notes: Optional[Notes] = None
        self.best: Optional[Dict[str, Any]] = None
        self._setup()

    def _setup(self) -> None:
        self.notes = Notes(layer_intro="notes", database=None)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        rows = await self.notes.retrieve(query="", k=2)
        if self.best:
            rows = rows + [self.best]
        return {"rows": rows, "n": len(self.notes.database)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.notes.update(text=recorder.init.get("obs"), reward=recorder.reward)
        if self.best is None or recorder.reward > self.best["reward"]:
            self.best = {"reward": recorder.reward, "text": recorder.init.get("obs")}
