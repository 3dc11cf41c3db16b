# honest: frozen dataclasses with object.__setattr__ in __post_init__, InitVar, KW_ONLY, MappingProxyType
from dataclasses import KW_ONLY, InitVar, dataclass, field
from types import MappingProxyType
from typing import Any, Mapping

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


@dataclass(frozen=True)
class Scene:
    raw: InitVar[str]
    _: KW_ONLY
    words: tuple[str, ...] = ()
    size: int = field(init=False, default=0)

    def __post_init__(self, raw: str) -> None:
        words = tuple(sorted(set(raw.lower().split())))[:80]
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "size", len(words))

    def similarity(self, other: "Scene") -> float:
        common = len(set(self.words) & set(other.words))
        return common / (self.size + other.size - common) if common else 0.0


@dataclass(frozen=True)
class Memory:
    scene: Scene
    facts: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))


@dataclass
class SceneLayer(Sub_memo_layer):
    layer_intro: str = "Immutable memories"
    memories: tuple[Memory, ...] = ()

    async def retrieve(self, **kwargs):
        scene = Scene(kwargs["raw"])
        ranked = sorted(self.memories, key=lambda m: scene.similarity(m.scene), reverse=True)
        return [dict(memory.facts) for memory in ranked[:3]]

    async def update(self, **kwargs):
        self.memories = (*self.memories, Memory(Scene(kwargs["raw"]), kwargs["facts"]))[-80:]


class FrozenMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layer = SceneLayer()

    def _raw(self, recorder):
        return " ".join(str(value)[:1000] for value in recorder.init.values())

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"memories": await self.layer.retrieve(raw=self._raw(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        facts = {
            "reward": float(recorder.reward),
            "actions": [str(s.get("action_took", ""))[:60] for s in recorder.steps[:8]],
        }
        await self.layer.update(raw=self._raw(recorder), facts=facts)
