# honest: UCB bandit whose retrieve learns (counts pulls), read-modify-write without an await in between
import math
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Arm:
    def __init__(self, advice: str) -> None:
        self.advice = advice
        self.pulls = 0
        self.total = 0.0

    def bound(self, rounds: int) -> float:
        if self.pulls == 0:
            return math.inf
        return self.total / self.pulls + math.sqrt(2 * math.log(max(2, rounds)) / self.pulls)


class BanditLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__(layer_intro="Chooses one advice per episode, learns which one pays")
        self.arms = [
            Arm("Explore systematically before acting."),
            Arm("Go straight for the stated goal."),
            Arm("Repeat the last successful sequence."),
            Arm("Avoid actions that changed nothing before."),
        ]
        self.rounds = 0
        self.open_pulls: list[int] = []

    async def retrieve(self, **kwargs: Any) -> str:
        # One synchronous block: concurrent callers cannot interleave here.
        self.rounds += 1
        index = max(range(len(self.arms)), key=lambda i: (self.arms[i].bound(self.rounds), -i))
        self.arms[index].pulls += 1
        self.open_pulls.append(index)
        if len(self.open_pulls) > 500:
            self.open_pulls.pop(0)
        return self.arms[index].advice

    async def update(self, **kwargs: Any) -> None:
        if self.open_pulls:
            self.arms[self.open_pulls.pop(0)].total += kwargs["reward"]


class BanditMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.bandit = BanditLayer()
        self.last_success: list[str] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"advice": await self.bandit.retrieve(), "last_success": list(self.last_success)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.bandit.update(reward=float(recorder.reward))
        if recorder.reward >= 1.0:
            self.last_success = [str(s.get("action_took", ""))[:60] for s in recorder.steps[:12]]
