# honest: lru_cache, cached_property, partial, reduce, singledispatch(method), total_ordering
import re
from functools import cached_property, lru_cache, partial, reduce, singledispatch, singledispatchmethod, total_ordering
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


@lru_cache(maxsize=512)
def tokens(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.lower())[:200])


@singledispatch
def flatten(value: Any) -> str:
    return str(value)[:500]


@flatten.register
def _(value: str) -> str:
    return value[:1500]


@flatten.register(list)
@flatten.register(tuple)
def _flatten_sequence(value) -> str:
    return ", ".join(flatten(item) for item in value[:30])


@flatten.register
def _flatten_mapping(value: dict) -> str:
    return "; ".join(f"{flatten(k)}={flatten(v)}" for k, v in list(value.items())[:30])


@total_ordering
class Case:
    def __init__(self, text: str, actions: list[str], reward: float) -> None:
        self.text = text
        self.actions = actions
        self.reward = reward

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(tokens(self.text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Case) and self.reward == other.reward

    def __lt__(self, other: "Case") -> bool:
        return self.reward < other.reward

    def __hash__(self) -> int:
        return hash((self.text, self.reward))


def overlap(query: frozenset[str], case: Case, *, weight: float) -> float:
    common = len(query & case.vocabulary)
    return weight * common / (1 + len(query)) + (1 - weight) * case.reward


class CaseLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__("Cases compared by vocabulary")
        self.cases: list[Case] = []

    @singledispatchmethod
    def describe(self, item: object) -> str:
        return f"? {item}"

    @describe.register
    def _(self, item: float) -> str:
        return f"reward {item:.2f}"

    @describe.register
    def _(self, item: list) -> str:
        return " > ".join(item)

    async def retrieve(self, **kwargs):
        score = partial(overlap, frozenset(tokens(kwargs["text"])), weight=0.7)
        ranked = sorted(self.cases, key=lambda case: (score(case), len(case.actions)), reverse=True)
        return [f"{self.describe(c.reward)}: {self.describe(c.actions)}" for c in ranked[:4]]

    async def update(self, **kwargs):
        self.cases.append(Case(kwargs["text"], kwargs["actions"], kwargs["reward"]))
        if len(self.cases) > 120:
            self.cases.remove(min(self.cases))


class FunctoolsMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = CaseLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"cases": await self.layer.retrieve(text=flatten(recorder.init))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = reduce(lambda acc, step: acc + [flatten(step.get("action_took", ""))[:60]], recorder.steps[:10], [])
        await self.layer.update(text=flatten(recorder.init), actions=actions, reward=float(recorder.reward))
