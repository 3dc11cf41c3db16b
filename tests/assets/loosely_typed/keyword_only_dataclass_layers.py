import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Mapping
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


@dataclass(kw_only=True)
class Window(Sub_memo_layer):
    size: int
    rows: List[Dict[str, Any]] = field(default_factory=list)

    async def retrieve(self, n: int = 3) -> List[Dict[str, Any]]:
        return self.rows[-n:]

    async def update(self, row: Dict[str, Any]) -> None:
        self.rows = (self.rows + [row])[-self.size :]


@dataclass
class Defaults(Sub_memo_layer):
    layer_intro: str = "counts"
    counts: Dict[str, int] = field(default_factory=lambda: defaultdict(int))
    database: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.database = self.counts

    async def retrieve(self, *, top: int = 3) -> Mapping[str, int]:
        return dict(sorted(self.counts.items())[:top])

    async def update(self, keys: List[str]) -> None:
        for key in keys:
            self.counts[key] += 1


@dataclass
class Memory(MemoStructure):
    window: Window = field(default_factory=lambda: Window(size=5))
    defaults: Defaults = field(default_factory=Defaults)
    database: Optional[Any] = None

    async def general_retrieve(self, recorder: Basic_Recorder) -> Mapping[str, Any]:
        rows, counts = await asyncio.gather(self.window.retrieve(), self.defaults.retrieve())
        return {"rows": rows, "counts": counts}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await asyncio.gather(
            self.window.update({"r": recorder.reward}),
            self.defaults.update([str(len(recorder.steps))]),
        )
