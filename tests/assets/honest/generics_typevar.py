# honest: classic generics with TypeVar, Generic, bounded types, overload
from typing import Any, Dict, Generic, Iterator, List, Optional, Tuple, TypeVar, Union, overload

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

K = TypeVar("K", bound=str)
V = TypeVar("V")


class LRUStore(Generic[K, V]):
    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._data: Dict[K, V] = {}

    @overload
    def get(self, key: K) -> Optional[V]: ...

    @overload
    def get(self, key: K, default: V) -> V: ...

    def get(self, key: K, default: Optional[V] = None) -> Optional[V]:
        return self._data.get(key, default)

    def put(self, key: K, value: V) -> None:
        self._data.pop(key, None)
        self._data[key] = value
        while len(self._data) > self._capacity:
            oldest = next(iter(self._data))
            del self._data[oldest]

    def newest_first(self) -> Iterator[Tuple[K, V]]:
        for key in reversed(list(self._data)):
            yield key, self._data[key]

    def __len__(self) -> int:
        return len(self._data)

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __getitem__(self, key: K) -> V:
        return self._data[key]


Row = Dict[str, Union[str, float, List[str]]]


class StoreLayer(Sub_memo_layer):
    database: Optional[Any] = None

    def __init__(self) -> None:
        super().__init__()
        self.store: LRUStore[str, Row] = LRUStore(80)

    async def retrieve(self, **kwargs: Any) -> List[Row]:
        return [row for _, row in self.store.newest_first()][: kwargs.get("limit", 4)]

    async def update(self, **kwargs: Any) -> None:
        key, row = kwargs["key"], kwargs["row"]
        known = self.store.get(key)
        if known is not None and known["reward"] > row["reward"]:
            self.store.put(key, known)
        else:
            self.store.put(key, row)


class GenericMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = StoreLayer()

    @staticmethod
    def key(recorder: Basic_Recorder) -> str:
        for name in ("goal", "obs", "long_term_context"):
            if recorder.init.get(name):
                return str(recorder.init[name])[:200]
        return "unknown task"

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        key = self.key(recorder)
        exact = self.layer.store.get(key, {}) if key in self.layer.store else None
        return {"exact": exact, "recent": await self.layer.retrieve(limit=4)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        row: Row = {
            "task": self.key(recorder),
            "reward": float(recorder.reward),
            "actions": [str(s.get("action_took", ""))[:50] for s in recorder.steps[:10]],
        }
        await self.layer.update(key=self.key(recorder), row=row)
