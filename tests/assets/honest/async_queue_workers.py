# honest: asyncio.Queue with worker tasks inside one update, Event, as_completed-free ordering, async iteration protocol
import asyncio
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure
from utils.hire_agent import Agent


class Windows:
    """Asynchronous iterator over windows of steps."""

    def __init__(self, steps: list[dict[str, Any]], size: int, limit: int) -> None:
        self._chunks = [steps[i : i + size] for i in range(0, len(steps), size)][:limit]
        self._position = 0

    def __aiter__(self) -> "Windows":
        return self

    async def __anext__(self) -> tuple[int, list[dict[str, Any]]]:
        if self._position >= len(self._chunks):
            raise StopAsyncIteration
        number = self._position
        self._position += 1
        return number, self._chunks[number]


class QueueMemory(MemoStructure):
    WORKERS = 3

    def __init__(self) -> None:
        super().__init__()
        self.summarizer = Agent("Say in one short sentence what these steps achieved.")
        self.chapters: list[dict[str, Any]] = []

    async def _worker(self, queue: asyncio.Queue, results: dict[int, str], failed: asyncio.Event) -> None:
        while True:
            item = await queue.get()
            try:
                if item is None:
                    return
                number, text = item
                answer = await self.summarizer.ask(text)
                sentence = str(answer).strip()
                if len(sentence) >= 12 and sentence[0] not in "[{":
                    results[number] = sentence[:200]
            except Exception:
                failed.set()
            finally:
                queue.task_done()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"chapters": [dict(chapter) for chapter in self.chapters[-3:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if not recorder.steps:
            return
        queue: asyncio.Queue = asyncio.Queue()
        results: dict[int, str] = {}
        failed = asyncio.Event()
        async for number, window in Windows(recorder.steps, size=5, limit=4):
            lines = [f"{str(s.get('action_took', ''))[:60]}: {str(s.get('obs', ''))[:120]}" for s in window]
            queue.put_nowait((number, "\n".join(lines)))
        for _ in range(self.WORKERS):
            queue.put_nowait(None)
        workers = [asyncio.create_task(self._worker(queue, results, failed)) for _ in range(self.WORKERS)]
        await asyncio.gather(*workers)
        chapter = {
            "actions": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:12]],
            "summary": [] if failed.is_set() else [results[number] for number in sorted(results)],
            "outcome": "good end" if recorder.reward > 0.5 else "bad end",
        }
        self.chapters = [*self.chapters, chapter][-40:]
