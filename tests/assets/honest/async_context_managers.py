# honest: async context manager class, contextlib.asynccontextmanager, suppress(KeyError), async generator
import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Transaction:
    """Collects writes and applies them only when the block ends without an error."""

    def __init__(self, target: dict[str, Any], lock: asyncio.Lock) -> None:
        self._target = target
        self._lock = lock
        self._pending: dict[str, Any] = {}
        self._removed: list[str] = []

    async def __aenter__(self) -> "Transaction":
        await self._lock.acquire()
        return self

    async def __aexit__(self, exc_type, exc, tb) -> bool:
        try:
            if exc_type is None:
                for key in self._removed:
                    with contextlib.suppress(KeyError):
                        del self._target[key]
                self._target.update(self._pending)
        finally:
            self._lock.release()
        return False

    def put(self, key: str, value: Any) -> None:
        self._pending[key] = value

    def remove(self, key: str) -> None:
        self._removed.append(key)


class JournalLayer(Sub_memo_layer):
    LIMIT = 100

    def __init__(self) -> None:
        super().__init__(layer_intro="Journal of plans, written in transactions", database={})
        self._lock = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[dict[str, Any]]:
        async with self._lock:
            yield dict(self.database)

    async def entries(self) -> AsyncIterator[dict[str, Any]]:
        async with self.reading() as rows:
            ordered = sorted(rows.values(), key=lambda row: (-row["reward"], row["number"]))
        for row in ordered:  # the lock is free again: a consumer may stop early
            yield row

    async def retrieve(self, **kwargs):
        found = []
        async for row in self.entries():
            found.append({"plan": row["plan"], "reward": row["reward"]})
            if len(found) == 3:
                break
        return found

    async def update(self, **kwargs):
        number = kwargs["number"]
        async with Transaction(self.database, self._lock) as transaction:
            transaction.put(f"episode-{number}", {"number": number, "plan": kwargs["plan"], "reward": kwargs["reward"]})
            transaction.remove(f"episode-{number - self.LIMIT}")


class TransactionalMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.journal = JournalLayer()
        self.number = 0

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"best_plans": [row async for row in self._rows()]}

    async def _rows(self) -> AsyncIterator[dict[str, Any]]:
        for row in await self.journal.retrieve():
            yield row

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.number += 1
        plan = [str(step.get("action_took", ""))[:70] for step in recorder.steps[:15]]
        await self.journal.update(number=self.number, plan=plan, reward=float(recorder.reward))
