from __future__ import annotations

from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.rows: deque[Row] = []
        self.lookup: DefaultDict[str, list] = {}

    def _pick(self, rows: Sequence[Row], rng: "Random" = None) -> Row | None:
        best: Missing = rows[0] if rows else None
        return best

    async def general_retrieve(self, recorder: Recorder) -> Dict[str, Any]:
        return {"row": self._pick(self.rows)}

    async def general_update(self, recorder: Recorder) -> None:
        self.rows = self.rows[-3:]
