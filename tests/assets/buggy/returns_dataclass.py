# [expect]
# stage = "properties"
# names = ["Lesson", "JSON"]
# bug = "dataclass instances in the result cannot be written as JSON"
from dataclasses import dataclass
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


@dataclass
class Lesson:
    text: str
    support: int = 1


class LessonMemory(MemoStructure):
    """Lessons with their support, the strongest first."""

    def __init__(self) -> None:
        super().__init__()
        self.lessons: Dict[str, Lesson] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        ranked: List[Lesson] = sorted(self.lessons.values(), key=lambda lesson: (-lesson.support, lesson.text))
        return {"lessons": ranked[:5]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        outcome = "succeeds" if recorder.reward >= 0.99 else "fails"
        for step in recorder.steps[-2:]:
            text = f"ending with '{str(step.get('action_took', ''))[:60]}' {outcome}"
            if text in self.lessons:
                self.lessons[text].support += 1
            else:
                self.lessons[text] = Lesson(text)
        if len(self.lessons) > 300:
            keep = sorted(self.lessons.values(), key=lambda lesson: -lesson.support)[:150]
            self.lessons = {lesson.text: lesson for lesson in keep}
