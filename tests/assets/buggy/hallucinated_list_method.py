# [expect]
# stage = "types"
# names = ["push"]
# bug = "calls push on a list"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class StackMemory(MemoStructure):
    """A stack of lessons, the newest on top."""

    def __init__(self) -> None:
        super().__init__()
        self.lessons: List[str] = []

    def _lesson(self, recorder: Basic_Recorder) -> str:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps]
        if not actions:
            return "The episode ended before the first action."
        verdict = "worked" if recorder.reward >= 0.99 else "did not work"
        return f"Ending with '{actions[-1]}' after {len(actions)} actions {verdict}."

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"lessons": self.lessons[::-1][:6]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        lesson = self._lesson(recorder)
        if lesson not in self.lessons:
            self.lessons.push(lesson)
        self.lessons = self.lessons[-50:]
