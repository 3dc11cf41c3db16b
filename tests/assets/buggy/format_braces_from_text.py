# [expect]
# stage = "properties"
# names = ["KeyError", "IndexError", "ValueError", "_render"]
# bug = "observed text becomes part of a template that is formatted again later"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class TemplateMemory(MemoStructure):
    """Each lesson is a template that is filled with the outcome when it is shown."""

    TEMPLATE = "Goal: %s -- in this case {verb} with reward {reward:.2f}."

    def __init__(self) -> None:
        super().__init__()
        self.lessons: List[Dict[str, Any]] = []

    def _render(self, lesson: Dict[str, Any]) -> str:
        verb = "succeeded" if lesson["reward"] >= 0.99 else "failed"
        return lesson["template"].format(verb=verb, reward=lesson["reward"])

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"lessons": [self._render(lesson) for lesson in self.lessons[-5:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        goal = str(recorder.init.get("goal") or recorder.init.get("obs") or "unknown")[:120]
        template = self.TEMPLATE.replace("%s", goal)
        self.lessons = (self.lessons + [{"template": template, "reward": float(recorder.reward)}])[-60:]
