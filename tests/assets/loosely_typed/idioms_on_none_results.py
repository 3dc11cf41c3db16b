from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.rows: List[str] = []
        self.log = []

    def _note(self, text: str) -> None:
        self.log.append(text)

    async def _touch(self) -> None:
        self.log = self.log[-10:]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        seen = set()
        unique = [r for r in self.rows if not (r in seen or seen.add(r))]
        _ = self._note("x")
        done = await self._touch()
        pick = (lambda rows: rows.append("z"))(unique)
        result = self.rows.append("x") if len(self.rows) > 99 else None
        return {"unique": unique, "done": done, "pick": pick, "r": result}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.rows = (self.rows + [str(recorder.reward)])[-10:]
        return self._note("updated")
