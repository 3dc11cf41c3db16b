from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


type Row = dict[str, Any]


class Ring[T]:
    def __init__(self, size: int) -> None:
        self.items: list[T] = []
        self.size = size

    def push(self, item: T) -> None:
        self.items = (self.items + [item])[-self.size :]


def first[T](rows: list[T], default: T | None = None) -> T | None:
    return rows[0] if rows else default


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.ring = Ring[Row](5)

    def _classify(self, step: Row) -> str:
        match step:
            case {"action_took": str(a), "scores": float() | int() as s} if s > 0:
                return f"good:{a}"
            case {"action_took": [*parts]}:
                return " ".join(parts)
            case _:
                return "other"

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        if (row := first(self.ring.items)) is not None:
            return row
        return {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps:
            self.ring.push({"kind": self._classify(step)})
