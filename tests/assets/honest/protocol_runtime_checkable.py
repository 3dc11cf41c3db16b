# honest: runtime_checkable Protocols, structural typing, isinstance against a protocol
from collections import deque
from typing import Any, Protocol, Sequence, runtime_checkable

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


@runtime_checkable
class Scorer(Protocol):
    name: str

    def score(self, query: str, item: str) -> float: ...


@runtime_checkable
class SupportsReset(Protocol):
    def reset(self) -> None: ...


class WordOverlap:
    name = "words"

    def score(self, query: str, item: str) -> float:
        a, b = set(query.split()), set(item.split())
        return len(a & b) / max(1, len(a | b))


class LengthSimilarity:
    name = "length"

    def __init__(self) -> None:
        self.calls = 0

    def score(self, query: str, item: str) -> float:
        self.calls += 1
        return 1.0 / (1.0 + abs(len(query) - len(item)))

    def reset(self) -> None:
        self.calls = 0


class ScoredLayer(Sub_memo_layer):
    def __init__(self, scorers: Sequence[Scorer]) -> None:
        super().__init__(layer_intro="Ranks situations with pluggable scorers.")
        for scorer in scorers:
            if not isinstance(scorer, Scorer):
                raise TypeError(f"not a scorer: {scorer!r}")
        self.scorers = tuple(scorers)
        self.items: deque[tuple[str, str, float]] = deque(maxlen=120)

    async def retrieve(self, **kwargs: Any) -> list[dict[str, Any]]:
        query = kwargs["query"]
        rows = []
        for situation, lesson, reward in self.items:
            parts = {s.name: round(s.score(query, situation), 4) for s in self.scorers}
            rows.append({"lesson": lesson, "reward": reward, "parts": parts})
        rows.sort(key=lambda row: (-sum(row["parts"].values()), row["lesson"]))
        for scorer in self.scorers:
            if isinstance(scorer, SupportsReset):
                scorer.reset()
        return rows[:5]

    async def update(self, **kwargs: Any) -> None:
        self.items.append((kwargs["situation"], kwargs["lesson"], kwargs["reward"]))


def situation_of(recorder: Basic_Recorder) -> str:
    return " ".join(str(recorder.init.get(k, ""))[:600] for k in ("goal", "obs", "long_term_context"))


class ProtocolMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = ScoredLayer([WordOverlap(), LengthSimilarity()])

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"experience": await self.layer.retrieve(query=situation_of(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        tail = " -> ".join(str(s.get("action_took", ""))[:50] for s in recorder.steps[-6:])
        await self.layer.update(situation=situation_of(recorder), lesson=tail, reward=recorder.reward)
