# honest: __slots__, properties with setters, classmethods, staticmethods, data-model methods
import math
from collections import deque
from typing import Any, Deque, Iterable, Iterator

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer


class Statistic:
    __slots__ = ("_count", "_mean", "_m2")

    def __init__(self) -> None:
        self._count = 0
        self._mean = 0.0
        self._m2 = 0.0

    @classmethod
    def from_values(cls, values: Iterable[float]) -> "Statistic":
        result = cls()
        for value in values:
            result += value
        return result

    def __iadd__(self, value: float) -> "Statistic":
        self._count += 1
        delta = value - self._mean
        self._mean += delta / self._count
        self._m2 += delta * (value - self._mean)
        return self

    def __bool__(self) -> bool:
        return self._count > 0

    def __lt__(self, other: "Statistic") -> bool:
        return self.mean < other.mean

    def __repr__(self) -> str:
        return f"{type(self).__name__}(count={self._count}, mean={self.mean:.3f})"

    @property
    def count(self) -> int:
        return self._count

    @property
    def mean(self) -> float:
        return self._mean

    @property
    def deviation(self) -> float:
        return math.sqrt(self._m2 / self._count) if self._count else 0.0


class ActionTable:
    __slots__ = ("_rows", "_limit", "__dirty")

    def __init__(self, limit: int = 300) -> None:
        self._rows: dict[str, Statistic] = {}
        self.limit = limit
        self.__dirty = False

    @property
    def limit(self) -> int:
        return self._limit

    @limit.setter
    def limit(self, value: int) -> None:
        if value < 1:
            raise ValueError("limit must be positive")
        self._limit = value

    @staticmethod
    def normalise(action: object) -> str:
        return " ".join(str(action)[:80].lower().split())

    def __getitem__(self, action: str) -> Statistic:
        return self._rows[action]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def record(self, action: object, value: float) -> None:
        key = self.normalise(action)
        if key not in self._rows and len(self) >= self.limit:
            rare = min(self._rows, key=lambda name: self._rows[name].count)
            del self._rows[rare]
        self._rows.setdefault(key, Statistic())
        self._rows[key] += value
        self.__dirty = True

    def best(self, n: int) -> list[str]:
        self.__dirty = False
        return sorted(self._rows, key=lambda name: (-self._rows[name].mean, -self._rows[name].count, name))[:n]


class TableLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__("Mean final reward of the episodes in which an action occurred")
        self.table = ActionTable()

    async def retrieve(self, **kwargs: Any) -> list[dict[str, Any]]:
        return [
            {"action": name, "mean_reward": round(self.table[name].mean, 3), "spread": round(self.table[name].deviation, 3)}
            for name in self.table.best(8)
        ]

    async def update(self, **kwargs: Any) -> None:
        for action in kwargs["actions"]:
            self.table.record(action, kwargs["reward"])


class SlotsMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = TableLayer()
        self._rewards: Deque[float] = deque(maxlen=50)

    @property
    def summary(self) -> str:
        return repr(Statistic.from_values(self._rewards))

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"rewards": self.summary, "actions": await self.layer.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self._rewards.append(float(recorder.reward))
        await self.layer.update(actions=[s.get("action_took", "") for s in recorder.steps], reward=float(recorder.reward))
