from collections import namedtuple
from enum import Enum, IntEnum, auto
from typing import NamedTuple
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Kind(str, Enum):
    WIN = "win"
    LOSS = "loss"

    @classmethod
    def of(cls, reward):
        return cls.WIN if reward >= 1 else cls.LOSS


class Level(IntEnum):
    LOW = auto()
    HIGH = auto()


Pair = namedtuple("Pair", ["a", "b"])


class Hit(NamedTuple):
    key: str
    score: float = 0.0


class Slim:
    __slots__ = ("key", "value", "__dict__")

    def __init__(self, key, value=None):
        self.key, self.value = key, value


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.rows = {Kind.WIN: [], Kind.LOSS: []}
        self.slim = Slim("a")

    async def general_retrieve(self, recorder):
        hit = Hit("k")._replace(score=2)
        self.slim.extra = Pair(1, b=2)._asdict()
        return {kind.value: rows[-3:] for kind, rows in self.rows.items()} | {
            "hit": hit._asdict(),
            "l": Level.HIGH.name,
        }

    async def general_update(self, recorder):
        self.rows[Kind.of(recorder.reward)].append(Kind["WIN"].title())
