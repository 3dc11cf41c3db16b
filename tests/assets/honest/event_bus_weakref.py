# honest: publish/subscribe between layers, weakref.WeakMethod-free WeakSet, callbacks, functools.partial handlers
import logging
import weakref
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

Handler = Callable[..., Awaitable[None]]
logger = logging.getLogger(__name__)


class Bus:
    def __init__(self) -> None:
        self._handlers: defaultdict[str, list[Handler]] = defaultdict(list)
        self._owners: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()

    def on(self, topic: str, handler: Handler, owner: object) -> None:
        self._handlers[topic].append(handler)
        self._owners[len(self._owners)] = owner

    async def emit(self, topic: str, /, **payload: Any) -> int:
        handlers = tuple(self._handlers.get(topic, ()))
        for handler in handlers:
            await handler(**payload)
        if not handlers:
            logger.warning("nobody listens to %s", topic)
        return len(handlers)

    @property
    def alive(self) -> int:
        return len(self._owners)


class LoopLayer(Sub_memo_layer):
    """Notices actions that were repeated without a pause."""

    def __init__(self, bus: Bus) -> None:
        super().__init__("Repetitions")
        self.repeats: dict[str, int] = {}
        bus.on("episode", partial(self.update, kind="episode"), self)

    async def retrieve(self, **kwargs: Any) -> list[str]:
        order = sorted(self.repeats, key=lambda a: (-self.repeats[a], a))
        return [f"stop repeating: {action}" for action in order[:4]]

    async def update(self, **kwargs: Any) -> None:
        actions = kwargs["actions"]
        for first, second in zip(actions, actions[1:]):
            if first == second:
                self.repeats[first] = self.repeats.get(first, 0) + 1
        while len(self.repeats) > 100:
            del self.repeats[next(iter(self.repeats))]


class OutcomeLayer(Sub_memo_layer):
    def __init__(self, bus: Bus) -> None:
        super().__init__("Outcomes")
        self.rows: list[tuple[float, list[str]]] = []
        bus.on("episode", self.update, self)

    async def retrieve(self, **kwargs: Any) -> list[dict[str, Any]]:
        best = sorted(self.rows, key=lambda row: row[0], reverse=True)[:3]
        return [{"reward": reward, "actions": actions[:10]} for reward, actions in best]

    async def update(self, **kwargs: Any) -> None:
        self.rows = [*self.rows[-59:], (kwargs["reward"], kwargs["actions"])]


class BusMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.bus = Bus()
        self.loops = LoopLayer(self.bus)
        self.outcomes = OutcomeLayer(self.bus)

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"avoid": await self.loops.retrieve(), "best": await self.outcomes.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:100]]
        heard = await self.bus.emit("episode", actions=actions, reward=float(recorder.reward))
        if heard != self.bus.alive:
            raise RuntimeError("a layer was lost")
