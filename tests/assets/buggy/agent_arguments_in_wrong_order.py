# [expect]
# stage = "types"
# names = ["Agent", "system_prompt", "output_schema", "order"]
# bug = "Agent gets the model's name as its prompt and the prompt as its schema, so no answer ever fits"
from collections import deque
from typing import Any, Dict

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent

MODEL = "gpt-4o-mini"


class LessonLayer(Sub_memo_layer):
    """The newest lessons, in a sentence each."""

    def __init__(self) -> None:
        super().__init__(layer_intro="The newest lessons.")
        self.writer = Agent(MODEL, "Say in one sentence what can be learned from this episode.")
        self.database: deque[str] = deque(maxlen=10)

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return list(self.database)[-3:]

    async def update(self, **kwargs: Any) -> None:
        try:
            answer = await self.writer.ask(kwargs["transcript"])
        except Exception:
            return
        if isinstance(answer, str) and answer.strip():
            self.database.append(answer.strip()[:300])


class Lessons(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.lessons = LessonLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        lessons = await self.lessons.retrieve()
        return {"lessons": lessons} if lessons else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        lines = [f"{step.get('action_took')}: {str(step.get('obs'))[:100]}" for step in recorder.steps[-20:]]
        await self.lessons.update(transcript="\n".join([f"reward {recorder.reward}", *lines]))
