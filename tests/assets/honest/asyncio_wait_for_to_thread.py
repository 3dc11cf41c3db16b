# honest: wait_for with a timeout, to_thread for CPU work, shield-free fallbacks
import asyncio
import difflib
from typing import Any, List, Tuple

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


def rank_by_similarity(query: str, candidates: List[Tuple[str, str]]) -> List[Tuple[float, str]]:
    """Pure function, safe to run in a worker thread."""
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(query)
    rows = []
    for text, lesson in candidates:
        matcher.set_seq1(text)
        rows.append((round(matcher.quick_ratio(), 4), lesson))
    rows.sort(key=lambda row: (-row[0], row[1]))
    return rows[:4]


class ThreadedMemory(MemoStructure):
    TIMEOUT = 30.0

    def __init__(self) -> None:
        super().__init__()
        self.cases: List[Tuple[str, str]] = []
        self.writer = Agent("Summarise what happened in one sentence. Plain text only.")

    def _key(self, init: dict) -> str:
        return " ".join(str(v) for v in init.values())[:300]

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        snapshot = list(self.cases)
        rows = await asyncio.to_thread(rank_by_similarity, self._key(recorder.init), snapshot)
        return {"cases": [{"similarity": s, "lesson": text} for s, text in rows]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = ", ".join(str(s.get("action_took", ""))[:40] for s in recorder.steps[:12])
        outcome = "success" if recorder.reward > 0 else "failure"
        fallback = f"{outcome}: {actions or 'no action'}"
        try:
            lesson = await asyncio.wait_for(self.writer.ask(fallback), timeout=self.TIMEOUT)
        except (asyncio.TimeoutError, RuntimeError, OSError):
            lesson = "(no summary)"
        if not isinstance(lesson, str) or len(lesson) < 3:
            lesson = "(no summary)"
        self.cases.append((self._key(recorder.init), f"{fallback} // {lesson[:300]}"))
        self.cases = self.cases[-60:]
