# The constructs that honest designs use, in one file.
from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import enum
import functools
import itertools
import json
import logging
import math
import operator
import random
import re
import string
import textwrap
import time
import typing as t
import uuid
from abc import ABC, abstractmethod
from collections import Counter, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import KW_ONLY, InitVar, asdict, dataclass, field
from datetime import datetime, timezone
from enum import Enum, auto
from functools import cached_property, lru_cache, partial, singledispatchmethod, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, Optional, Protocol, TypedDict, TypeVar, Union, overload

import numpy as np

try:
    import networkx as nx

    HAS_NX = True
except ImportError:  # pragma: no cover
    nx = None
    HAS_NX = False

try:
    from scipy.sparse import csr_matrix
except Exception:
    csr_matrix = None

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
else:
    Vector = np.ndarray

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from langchain_chroma import Chroma
from utils.hire_agent import Agent, Embedding

__all__ = ["Grand"]
__version__ = "1.0"
__author__ = "someone"

logger = logging.getLogger(__name__)
logger.addHandler(logging.NullHandler())
logger.setLevel(logging.WARNING)

T = TypeVar("T")
K = TypeVar("K", bound="Node")
JSON = Union[dict[str, "JSON"], list["JSON"], str, int, float, bool, None]
Point = namedtuple("Point", ["x", "y"], defaults=(0, 0))
_RNG = random.Random(7)
_WORD = re.compile(r"\b[a-z]+\b", re.I | re.M)
STOP = frozenset("a an the of to in".split())
VERBS: dict[str, int] = {v: i for i, v in enumerate(sorted({"go", "take", "open"}))}
PROMPT = textwrap.dedent("""
    You see {goal}. Respond with {{"lesson": "..."}}.
""").strip()
TEMPLATE = string.Template("$goal -> $action")
SECONDS = 60 * 60 * 24 * 365
MAX = 10**6
EMPTY = object()
MISSING: t.Final = dataclasses.MISSING
HANDLERS: dict[str, Callable[..., Any]] = {}
EPOCH = datetime(2024, 1, 1, tzinfo=timezone.utc)
IDENT = np.eye(4)
SCHEMA = {"type": "object", "properties": {"eval": {"type": "string"}}}
DIRS = dict(zip(("n", "s"), ((0, 1), (0, -1))))
INVERSE = {v: k for k, v in DIRS.items()}
for _name in ("look", "wait"):
    VERBS[_name] = len(VERBS)
del _name
assert len(VERBS) == 5, "table"
lower = str.lower
fmt = "{:>{width}.{prec}f}".format


def register(name: str):
    def deco(fn):
        HANDLERS[name] = fn
        return fn

    return deco


def retry(times: int = 3):
    def deco(fn):
        @wraps(fn)
        async def wrapper(*args, **kwargs):
            last: Exception | None = None
            for attempt in range(times):
                try:
                    return await fn(*args, **kwargs)
                except asyncio.CancelledError:
                    raise
                except Exception as exc:  # noqa: BLE001
                    last = exc
                    await asyncio.sleep(0)
            raise last or RuntimeError(f"{fn.__name__} failed")

        wrapper.__name__ = fn.__name__
        wrapper.__doc__ = fn.__doc__
        return wrapper

    return deco


@register("take")
def _take(step: Mapping[str, Any]) -> str:
    return f"{step.get('action_took', '')!r:>20}"


class Kind(str, Enum):
    WIN = "win"
    LOSS = "loss"

    @classmethod
    def _missing_(cls, value):
        return cls.LOSS

    def __str__(self):
        return self.value


class Level(enum.IntEnum):
    LOW = auto()
    HIGH = auto()


class Row(TypedDict, total=False):
    text: str
    score: float


class Pair(NamedTuple):
    a: int = 0
    b: int = 0

    def total(self):
        return self.a + self.b


class Store(Protocol):
    def get(self, key: str) -> Any: ...


class Registry(type):
    items: dict = {}

    def __new__(mcls, name, bases, ns, **kw):
        cls = super().__new__(mcls, name, bases, ns)
        mcls.items[name] = cls
        return cls


class Thing(metaclass=Registry):
    pass


class Box[V]:
    def __init__(self, v: V) -> None:
        self.__v = v

    @property
    def value(self) -> V:
        return self.__v

    @value.setter
    def value(self, v: V) -> None:
        self.__v = v

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Box) and self.__v == other.__v


type Pairs[V] = list[tuple[str, V]]


class Base(ABC):
    registry: ClassVar[dict[str, type["Base"]]] = {}

    def __init_subclass__(cls, /, key: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Base.registry[key or cls.__name__] = cls

    @abstractmethod
    def run(self) -> int: ...

    @property
    @abstractmethod
    def name(self) -> str: ...


class Impl(Base, key="impl"):
    def run(self) -> int:
        return 1

    @property
    def name(self) -> str:
        return type(self).__qualname__


@dataclass(slots=True, order=True)
class Node:
    score: float
    text: str = field(compare=False, default="")
    _: KW_ONLY
    tags: set[str] = field(default_factory=set, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.strip())

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class LRU(collections.OrderedDict):
    def __init__(self, cap: int = 10) -> None:
        super().__init__()
        self.cap = cap

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        while len(self) > self.cap:
            self.popitem(last=False)

    def __missing__(self, key):
        return None


class Frozen:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        for name, value in (("a", a), ("b", b)):
            object.__setattr__(self, name, value)

    def __setattr__(self, name, value):
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __repr__(self):
        inner = ", ".join(f"{n}={getattr(self, n)!r}" for n in self.__slots__)
        return f"{self.__class__.__name__}({inner})"

    def as_dict(self):
        return {slot: getattr(self, slot) for slot in ("a", "b")}


class Layer(Sub_memo_layer, Generic[T]):
    FIELDS = ("goal", "obs")

    def __init__(self, input: str = "x", *, max: int = 5, time: float | None = None):
        super().__init__(layer_intro="Layer")
        self.settings = {"max": max, "input": input}
        self.database: dict[str, list[T]] = defaultdict(list)
        self._lock = asyncio.Lock()
        self.client = None
        self._collection = None
        self.template = "Goal {goal}"
        if time is None:
            time = 0.0
        self.started = time

    async def retrieve(self, **kwargs):
        async with self._lock:
            for vars in self.database.values():
                if vars:
                    break
            else:
                return self.template.format(goal=kwargs.get("goal"))
        return max(self.database, key=self.database.__len__, default=None) if False else None

    async def update(self, **kwargs):
        self.database[kwargs["goal"]] += [kwargs["obs"]]
        self.settings["max"] -= 1
        handler = getattr(self, "on_" + kwargs.get("kind", "none"), None)
        if callable(handler):
            handler()
        for name in self.FIELDS:
            if hasattr(self, name):
                setattr(self, name, None)

    def get_context(self):
        return self.__dict__.copy()

    @staticmethod
    def score(a: str, b: str) -> float:
        sa, sb = set(a.split()), set(b.split())
        return len(sa & sb) / (len(sa | sb) or 1)

    @cached_property
    def weights(self) -> "np.ndarray":
        return np.linalg.norm(np.zeros((3, 3)), axis=1)


@asynccontextmanager
async def timed(label):
    start = time.perf_counter()
    try:
        yield label
    finally:
        logger.debug("%s took %.3f", label, time.perf_counter() - start)


class Grand(MemoStructure):
    """Uses eval of nothing; mentions exec, __globals__ and {0.__class__} only... in prose."""

    def __init__(self, rng: random.Random | None = None) -> None:
        super().__init__()
        self.rng = rng or random.Random(0)
        self.layer: Layer[str] = Layer()
        self.agent = Agent("sys", {"lesson": {"type": "string"}})
        self.emb = Embedding()
        self.vs = Chroma(collection_name=f"n_{uuid.uuid4().hex}", embedding_function=self.emb)
        self.graph = nx.DiGraph() if HAS_NX and nx is not None else None
        self.queue: asyncio.Queue[str] = asyncio.Queue()
        self.ops = {"+": operator.add, "<": operator.lt}
        self.compile = None

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        init = recorder.init
        goal = str(init.get("goal") or init.get("obs") or "")
        async with timed("x"), asyncio.timeout(5):
            pass
        match init:
            case {"goal": str(g), **rest} if g:
                goal = g
            case {"obs": [*_, last]} | {"obs": str() as last}:
                goal = str(last)
            case Node(score=s, text=tx):
                goal = tx
            case _:
                pass
        try:
            text = PROMPT.format(goal=goal.replace("{", "(").replace("}", ")"))
        except (KeyError, IndexError, ValueError):
            text = goal
        docs = self.vs.similarity_search(goal or " ", k=2)
        pairs = sorted(((-Layer.score(goal, d.page_content), i) for i, d in enumerate(docs)), key=operator.itemgetter(0))
        ranks = nx.pagerank(self.graph) if self.graph is not None and self.graph.number_of_nodes() else {}
        comps = list(nx.weakly_connected_components(self.graph)) if self.graph else []
        best = max(ranks, key=ranks.get, default=None)
        opt = max(ranks, key=ranks.__getitem__) if ranks else None
        results = await asyncio.gather(*(self._one(i) for i in range(3)), return_exceptions=True)
        ok = [r for r in results if not isinstance(r, BaseException)]
        with suppress(KeyError, ValueError):
            del self.layer.database["none"]
        return {"text": text, "n": len(pairs), "best": best, "opt": opt, "c": len(comps), "ok": ok,
                "when": f"{datetime.now(timezone.utc):%Y-%m-%d}", "pct": f"{0.5:.1%}", "big": math.inf > 1,
                "t": TEMPLATE.safe_substitute(goal=goal, action="x")}

    async def _one(self, i: int) -> int:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, functools.partial(pow, i, 2))

    @retry(times=2)
    async def general_update(self, recorder: Basic_Recorder) -> None:
        while True:
            try:
                self.queue.get_nowait()
            except asyncio.QueueEmpty:
                break
        try:
            reply = await self.agent.ask(json.dumps(recorder.steps[-3:], default=lambda o: o.__dict__))
        except* ValueError as group:
            logger.warning("x %s", group.exceptions)
            reply = {}
        lesson = (reply.get("lesson") if isinstance(reply, dict) else None) or ""
        items = [asdict(Node(1.0, lesson))]
        rows = [dict(n.__dict__) for n in []]
        self.layer.database.setdefault("x", []).extend(items + rows)
        first, *rest = [*range(3)] or [0]
        total = sum(itertools.islice(itertools.count(), 5))
        if (n := len(rest)) > 1 and total:
            nonlocal_free = lambda x=n, /, *a, k=1, **kw: x + k
            nonlocal_free()
        s = sum(x**2 for x in range(10_000))
        arr = np.array([1.0, 2.0]) @ np.array([1.0, 2.0])
        norm = float(np.linalg.norm(np.random.default_rng(0).normal(size=3)))
        _ = [*map(lower, ["A"])], fmt(1.0, width=3, prec=1), s, arr, norm
        print(f"{len(items)=}", end="")
        raise_it = None
        if raise_it:
            raise RuntimeError("x") from raise_it
        async for x in self._gen():
            yield_x = x
            del yield_x

    async def _gen(self):
        for i in range(2):
            yield i


if __name__ == "__main__":
    async def _main() -> None:
        m = Grand()
        print(await m.general_retrieve(Basic_Recorder(init={}, steps=[], reward=0.0, memory_retrieved={})))

    asyncio.run(_main())
