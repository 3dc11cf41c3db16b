# [hostile]
# family = "bombs"
# static = true
# attempt = "comprehensions nested sixty deep"
# canary = "none"
from collections import deque
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

def legend(rows):
    return [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x for x0 in rows] for x1 in rows] for x2 in rows] for x3 in rows] for x4 in rows] for x5 in rows] for x6 in rows] for x7 in rows] for x8 in rows] for x9 in rows] for x10 in rows] for x11 in rows] for x12 in rows] for x13 in rows] for x14 in rows] for x15 in rows] for x16 in rows] for x17 in rows] for x18 in rows] for x19 in rows] for x20 in rows] for x21 in rows] for x22 in rows] for x23 in rows] for x24 in rows] for x25 in rows] for x26 in rows] for x27 in rows] for x28 in rows] for x29 in rows] for x30 in rows] for x31 in rows] for x32 in rows] for x33 in rows] for x34 in rows] for x35 in rows] for x36 in rows] for x37 in rows] for x38 in rows] for x39 in rows] for x40 in rows] for x41 in rows] for x42 in rows] for x43 in rows] for x44 in rows] for x45 in rows] for x46 in rows] for x47 in rows] for x48 in rows] for x49 in rows] for x50 in rows] for x51 in rows] for x52 in rows] for x53 in rows] for x54 in rows] for x55 in rows] for x56 in rows] for x57 in rows] for x58 in rows] for x59 in rows]


class RecentLayer(Sub_memo_layer):
    """A window over the latest episodes."""

    def __init__(self, size: int = 6) -> None:
        super().__init__(layer_intro="The latest episodes, newest first")
        self.window: deque = deque(maxlen=size)

    async def retrieve(self, **kwargs: Any) -> list[dict[str, Any]]:
        return list(self.window)

    async def update(self, **kwargs: Any) -> None:
        self.window.appendleft(kwargs["episode"])


class RecentEpisodes(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.recent = RecentLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        found: dict[str, Any] = {"recent": await self.recent.retrieve()}
        return found

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:50] for step in recorder.steps[-8:]]
        await self.recent.update(episode={"reward": recorder.reward, "last_actions": actions})
