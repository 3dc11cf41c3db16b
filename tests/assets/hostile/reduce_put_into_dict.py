# [hostile]
# family = "attributes"
# static = true
# attempt = "puts __reduce_ex__ into __dict__, so that deepcopy sets attributes by name"
# canary = "none"
import copy
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class Spy:
    def __init__(self, frame: Any = None) -> None:
        self.frame = frame


class Setter:
    def __init__(self, target: Any, names: Any) -> None:
        self.__dict__["__reduce_ex__"] = lambda version: (lambda: target, (), (None, names))


class Lessons(MemoStructure):
    """What was tried last, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.lessons: list[str] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict:
        return {"lessons": self.lessons[-3:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        copy.deepcopy(Setter(Spy, {"__match_args__": ("gi_" + "frame",), "__name__": "changed"}))
        self.lessons.append(Spy.__name__)
        self.lessons = [*self.lessons[-20:], str(recorder.init)[:200]]
