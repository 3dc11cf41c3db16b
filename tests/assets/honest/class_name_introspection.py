# honest: self.__class__.__name__, type(self).__name__, name-mangled self.__private, __repr__, __len__
import logging

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

logger = logging.getLogger(__name__)


class BaseLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__(layer_intro=f"{self.__class__.__name__}: no description")
        self.__entries = []
        self.__limit = 40

    def _remember(self, entry):
        self.__entries.append(entry)
        if len(self.__entries) > self.__limit:
            dropped = self.__entries.pop(0)
            logger.debug("%s dropped %r", type(self).__name__, dropped)

    def _entries(self):
        return tuple(self.__entries)

    def __len__(self):
        return len(self.__entries)

    def __repr__(self):
        return f"<{type(self).__name__} with {len(self)} entries>"

    async def retrieve(self, **kwargs):
        return [e for e in self._entries()[-3:]]


class OpeningLayer(BaseLayer):
    async def update(self, **kwargs):
        self._remember([str(s.get("action_took", ""))[:60] for s in kwargs["steps"][:4]])


class EndingLayer(BaseLayer):
    def __init__(self):
        super().__init__()
        self.__reward_floor = 0.5

    async def update(self, **kwargs):
        if kwargs["reward"] >= self.__reward_floor:
            self._remember([str(s.get("action_took", ""))[:60] for s in kwargs["steps"][-4:]])


class IntrospectiveMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.__layers = [OpeningLayer(), EndingLayer()]

    def __repr__(self):
        return "{0}({1})".format(self.__class__.__name__, ", ".join(map(repr, self.__layers)))

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict:
        out = {"source": self.__class__.__name__}
        for layer in self.__layers:
            found = await layer.retrieve()
            if found:
                out[type(layer).__name__] = found
        return out

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if not recorder.steps:
            logger.warning("%r got an episode without steps", self)
            return
        for layer in self.__layers:
            await layer.update(steps=recorder.steps, reward=recorder.reward)
