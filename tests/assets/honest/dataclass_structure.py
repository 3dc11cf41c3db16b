# honest: the MemoStructure itself is a @dataclass, layers are dataclasses with default factories
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


@dataclass(order=True)
class Hint:
    weight: float
    text: str = field(compare=True)
    uses: int = field(default=0, compare=False)


@dataclass
class HintLayer(Sub_memo_layer):
    layer_intro: str = "Weighted hints mined from finished episodes."
    database: Optional[Any] = field(default_factory=dict)
    limit: int = 200

    async def retrieve(self, **kwargs):
        top = kwargs.get("top", 5)
        hints: List[Hint] = sorted(self.database.values(), reverse=True)
        return [asdict(h) for h in hints[:top]]

    async def update(self, **kwargs):
        text: str = kwargs["text"]
        reward: float = kwargs["reward"]
        old = self.database.get(text)
        if old is None:
            self.database[text] = Hint(weight=reward, text=text, uses=1)
        else:
            mean = (old.weight * old.uses + reward) / (old.uses + 1)
            self.database[text] = replace(old, weight=mean, uses=old.uses + 1)
        if len(self.database) > self.limit:
            worst = min(self.database.values())
            del self.database[worst.text]


@dataclass
class DataclassMemory(MemoStructure):
    database: Optional[Any] = None
    hints: HintLayer = field(default_factory=HintLayer)
    episodes: int = 0
    wins: int = 0

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict:
        rate = self.wins / self.episodes if self.episodes else 0.0
        return {"hints": await self.hints.retrieve(top=6), "win_rate": round(rate, 3)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.episodes += 1
        self.wins += int(recorder.reward >= 1.0)
        if not recorder.steps:
            return
        first = str(recorder.steps[0].get("action_took", ""))[:120]
        last = str(recorder.steps[-1].get("action_took", ""))[:120]
        await self.hints.update(text=f"start with <{first}>", reward=float(recorder.reward))
        await self.hints.update(text=f"end with <{last}>", reward=float(recorder.reward))
