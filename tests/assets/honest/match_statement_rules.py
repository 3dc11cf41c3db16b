# honest: match statements with mapping, sequence, class and guard patterns
"""Classifies every step with structural pattern matching and keeps statistics per class."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


@dataclass(frozen=True)
class Progress:
    gain: float


@dataclass(frozen=True)
class Finished:
    reward: float


@dataclass(frozen=True)
class Stalled:
    action: str


def classify(step: dict[str, Any], previous: float) -> Progress | Finished | Stalled | None:
    match step:
        case {"dones": True, "scores": int() | float() as score}:
            return Finished(float(score))
        case {"scores": int() | float() as score} if score > previous:
            return Progress(score - previous)
        case {"action_took": str(action)}:
            return Stalled(action[:80])
        case _:
            return None


@dataclass
class RuleLayer(Sub_memo_layer):
    layer_intro: str = "Counts which verbs make progress and which ones stall."

    def __post_init__(self) -> None:
        self.helpful: Counter[str] = Counter()
        self.stalling: Counter[str] = Counter()
        self.finished = 0

    async def update(self, **kwargs):
        recorder: Basic_Recorder = kwargs["recorder"]
        previous = 0.0
        for step in recorder.steps:
            verb = self._verb(step.get("action_took", ""))
            match classify(step, previous):
                case Finished(reward=reward):
                    self.finished += 1
                    previous = max(previous, reward)
                case Progress(gain=gain):
                    self.helpful[verb] += 1
                    previous += gain
                case Stalled(action=_):
                    self.stalling[verb] += 1
                case None:
                    continue

    async def retrieve(self, **kwargs):
        rules: list[str] = []
        for verb, good in self.helpful.most_common(8):
            bad = self.stalling[verb]
            rules.append(f"'{verb}' helped {good} times and stalled {bad} times")
        return rules

    @staticmethod
    def _verb(action: object) -> str:
        match str(action).split(maxsplit=1):
            case [verb, _]:
                return verb[:30]
            case [verb]:
                return verb[:30]
            case _:
                return "(nothing)"


class PatternMatchingMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.rules = RuleLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        rules = await self.rules.retrieve(recorder=recorder)
        match rules:
            case []:
                return {"rules": [], "note": "no experience yet"}
            case [only]:
                return {"rules": [only], "note": "a single rule"}
            case [first, *rest]:
                return {"rules": [first, *rest], "note": f"{1 + len(rest)} rules, {self.rules.finished} finished"}
        return {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.rules.update(recorder=recorder)
