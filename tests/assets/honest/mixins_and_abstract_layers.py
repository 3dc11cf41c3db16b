# honest: abstract intermediate classes, cooperative mixins, multiple inheritance, __init_subclass__, descriptors
from abc import abstractmethod
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer


class Bounded:
    """Descriptor that keeps a number inside [low, high]."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __set_name__(self, owner: type, name: str) -> None:
        self.slot = "bounded_" + name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance.numbers.get(self.slot, self.low)

    def __set__(self, instance: Any, value: float) -> None:
        instance.numbers[self.slot] = min(self.high, max(self.low, value))


class CountingMixin:
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.updates = 0

    def tick(self) -> int:
        self.updates += 1
        return self.updates


class TruncatingMixin:
    width = 60

    def __init_subclass__(cls, width: int = 60, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.width = width

    def cut(self, value: object) -> str:
        text = str(value)
        return text if len(text) <= self.width else text[: self.width - 1] + "…"


class AbstractLayer(CountingMixin, TruncatingMixin, Sub_memo_layer):
    def __init__(self, intro: str) -> None:
        super().__init__(layer_intro=intro)

    @abstractmethod
    def digest(self, recorder: Basic_Recorder) -> None: ...

    @abstractmethod
    def answer(self) -> Any: ...

    async def update(self, **kwargs: Any) -> None:
        self.tick()
        self.digest(kwargs["recorder"])

    async def retrieve(self, **kwargs: Any) -> Any:
        return self.answer()


class MoodLayer(AbstractLayer):
    confidence = Bounded(0.0, 1.0)

    def __init__(self) -> None:
        self.numbers: dict[str, float] = {}
        super().__init__("Slowly moving confidence")

    def digest(self, recorder: Basic_Recorder) -> None:
        self.confidence += 0.3 * (float(recorder.reward) - self.confidence)

    def answer(self) -> str:
        return "bold" if self.confidence > 0.66 else "careful" if self.confidence > 0.33 else "exploring"


class TailLayer(AbstractLayer, width=40):
    def __init__(self) -> None:
        super().__init__("Last actions of the last episodes")
        self.tails: list[list[str]] = []

    def digest(self, recorder: Basic_Recorder) -> None:
        tail = [self.cut(step.get("action_took", "")) for step in recorder.steps[-3:]]
        self.tails = (self.tails + [tail])[-20:]

    def answer(self) -> list[list[str]]:
        return [tail for tail in self.tails[-5:] if tail]


class AbstractMemory(MemoStructure):
    """Still abstract: the concrete class chooses the layers."""

    layers: dict[str, AbstractLayer]

    @abstractmethod
    def build(self) -> dict[str, AbstractLayer]: ...

    def __init__(self) -> None:
        super().__init__()
        self.layers = self.build()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {name: await layer.retrieve() for name, layer in self.layers.items() if layer.updates}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for layer in self.layers.values():
            await layer.update(recorder=recorder)


class MixinMemory(AbstractMemory):
    def build(self) -> dict[str, AbstractLayer]:
        return {"mood": MoodLayer(), "tails": TailLayer()}
