# [hostile]
# family = "bombs"
# static = true
# attempt = "Final constants that a type checker folds to terabytes"
# canary = "none"
from collections import deque
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    A0: Final = "aaaaaaaaaaaaaaaa"
    A1: Final = A0 + A0
    A2: Final = A1 + A1
    A3: Final = A2 + A2
    A4: Final = A3 + A3
    A5: Final = A4 + A4
    A6: Final = A5 + A5
    A7: Final = A6 + A6
    A8: Final = A7 + A7
    A9: Final = A8 + A8
    A10: Final = A9 + A9
    A11: Final = A10 + A10
    A12: Final = A11 + A11
    A13: Final = A12 + A12
    A14: Final = A13 + A13
    A15: Final = A14 + A14
    A16: Final = A15 + A15
    A17: Final = A16 + A16
    A18: Final = A17 + A17
    A19: Final = A18 + A18
    A20: Final = A19 + A19
    A21: Final = A20 + A20
    A22: Final = A21 + A21
    A23: Final = A22 + A22
    A24: Final = A23 + A23
    A25: Final = A24 + A24
    A26: Final = A25 + A25
    A27: Final = A26 + A26
    A28: Final = A27 + A27
    A29: Final = A28 + A28
    A30: Final = A29 + A29
    A31: Final = A30 + A30
    A32: Final = A31 + A31
    A33: Final = A32 + A32
    A34: Final = A33 + A33
    A35: Final = A34 + A34
    A36: Final = A35 + A35
    A37: Final = A36 + A36
    A38: Final = A37 + A37
    A39: Final = A38 + A38


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
