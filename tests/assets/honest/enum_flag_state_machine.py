# honest: Enum, IntEnum and Flag, a small state machine over episodes
from enum import Enum, Flag, IntEnum, auto, unique
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


@unique
class Phase(Enum):
    COLD = "cold"
    LEARNING = "learning"
    STABLE = "stable"

    def advise(self) -> str:
        return {
            Phase.COLD: "explore broadly",
            Phase.LEARNING: "reuse what worked, vary one thing at a time",
            Phase.STABLE: "repeat the best known plan",
        }[self]


class Level(IntEnum):
    LOW = 0
    MID = 1
    HIGH = 2


class Trait(Flag):
    NONE = 0
    LONG = auto()
    REPETITIVE = auto()
    PRODUCTIVE = auto()


TRANSITIONS: dict[tuple[Phase, Level], Phase] = {
    (Phase.COLD, Level.MID): Phase.LEARNING,
    (Phase.COLD, Level.HIGH): Phase.LEARNING,
    (Phase.LEARNING, Level.HIGH): Phase.STABLE,
    (Phase.LEARNING, Level.LOW): Phase.COLD,
    (Phase.STABLE, Level.LOW): Phase.LEARNING,
}


def traits_of(recorder: Basic_Recorder) -> Trait:
    traits = Trait.NONE
    actions = [str(step.get("action_took", "")) for step in recorder.steps]
    if len(actions) > 20:
        traits |= Trait.LONG
    if len(set(actions)) * 2 < len(actions):
        traits |= Trait.REPETITIVE
    if recorder.reward > 0:
        traits |= Trait.PRODUCTIVE
    return traits


class StateMachineMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.phase = Phase.COLD
        self.by_trait: dict[Trait, int] = {}
        self.best: tuple[float, list[str]] | None = None

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        result: dict[str, Any] = {"phase": self.phase.value, "advice": self.phase.advise()}
        if self.best is not None:
            reward, actions = self.best
            result["best_plan"] = {"reward": reward, "actions": actions}
        result["traits_seen"] = {
            trait.name.lower(): sum(n for seen, n in self.by_trait.items() if trait in seen)
            for trait in (Trait.LONG, Trait.REPETITIVE, Trait.PRODUCTIVE)
            if trait.name
        }
        return result

    async def general_update(self, recorder: Basic_Recorder) -> None:
        level = Level.HIGH if recorder.reward >= 1 else Level.MID if recorder.reward > 0 else Level.LOW
        self.phase = TRANSITIONS.get((self.phase, level), self.phase)
        traits = traits_of(recorder)
        self.by_trait[traits] = self.by_trait.get(traits, 0) + 1
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]]
        if actions and (self.best is None or recorder.reward > self.best[0]):
            self.best = (float(recorder.reward), actions)
