from typing import Protocol, overload
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Scorer(Protocol):
    weight: float

    def __call__(self, text: str, boost: float = ...) -> float: ...


class Lengths:
    weight = 1.0

    def __call__(self, text: str, boost: float = 1.0) -> float:
        return len(text) * boost


@overload
def pick(rows: List[str], k: None = ...) -> str: ...
@overload
def pick(rows: List[str], k: int) -> List[str]: ...
def pick(rows, k=None):
    return rows[:k] if k is not None else (rows[0] if rows else "")


class Memory(MemoStructure):
    scorer: Scorer = Lengths()

    def __init__(self, scorer: Scorer = None, limit: int = 5):
        super().__init__()
        self.scorer = scorer or Lengths()
        self.limit = limit
        self.rows: List[str] = []

    async def general_retrieve(
        self, recorder: Basic_Recorder, k: int = 3, *, verbose: bool = False
    ) -> Dict[str, Any]:
        rows = sorted(self.rows, key=lambda r: self.scorer(r))
        return {"first": pick(rows), "some": pick(rows, k)}

    async def general_update(self, recorder: Basic_Recorder, *args, **kwargs) -> None:
        self.rows = (self.rows + [str(recorder.reward)])[-self.limit :]
