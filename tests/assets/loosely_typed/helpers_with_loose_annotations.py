from collections import defaultdict
from typing import Tuple
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Memory(MemoStructure):
    def __init__(self, k: int = None, names: List[str] = None) -> None:
        super().__init__()
        self.k: int = k or 3
        self.names: List[str] = names
        self.table: Dict[str, int] = defaultdict(list)
        self.pairs: List[Tuple[str]] = []

    def _find(self, key: str) -> Dict[str, Any]:
        for row in self.table.get(key, []):
            if row:
                return row

    def _split(self, text: str) -> Tuple[str]:
        head, _, tail = text.partition(" ")
        return head, tail

    def _first(self, rows: list) -> str:
        return rows[0] if rows else None

    def _score(self, step: str) -> float:
        return step.get("scores", 0.0) if isinstance(step, dict) else step["scores"]

    def _merge(self, left: dict, right: dict) -> dict:
        left = list(left.items())
        left.sort()
        return dict(left + list(right.items()))

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, str]:
        head, tail = self._split(recorder.init.get("obs", ""))
        total = 0
        for step in recorder.steps:
            total += self._score(step)
        text = None
        if tail:
            text = tail.upper()
        return {
            "head": head,
            "tail": text,
            "total": total,
            "found": self._find(head),
            "x": self._merge({}, {}),
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.table[recorder.init.get("goal")].append({"r": recorder.reward})
        self.pairs.append(("a", "b"))
        if self.names:
            self.names.append(3)
