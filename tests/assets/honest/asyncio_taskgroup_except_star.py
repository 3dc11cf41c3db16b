# honest: TaskGroup, exception groups with except*, custom exceptions, warnings through logging
import asyncio
import logging
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent

logger = logging.getLogger(__name__)


class MemoryDesignError(Exception):
    """Root of the errors of this design."""


class UnusableAnswer(MemoryDesignError):
    def __init__(self, aspect: str, reason: str) -> None:
        super().__init__(f"{aspect}: {reason}")
        self.aspect = aspect


class AspectMemory(MemoStructure):
    ASPECTS = ("exploration", "mistakes", "goal handling")

    def __init__(self) -> None:
        super().__init__()
        self.lessons: dict[str, list[str]] = {aspect: [] for aspect in self.ASPECTS}
        self.analysts = {
            aspect: Agent(
                system_prompt=f"You study game transcripts. Write one lesson about {aspect}.",
                output_schema={"lesson": {"type": "string"}},
            )
            for aspect in self.ASPECTS
        }

    async def _study(self, aspect: str, transcript: str) -> str:
        answer = await self.analysts[aspect].ask(transcript)
        if not isinstance(answer, dict) or "error" in answer:
            raise UnusableAnswer(aspect, "no JSON")
        lesson = answer.get("lesson")
        if not isinstance(lesson, str) or not lesson.strip():
            raise UnusableAnswer(aspect, "no lesson")
        return lesson.strip()[:400]

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {aspect: lessons[-4:] for aspect, lessons in self.lessons.items() if lessons}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        transcript = "\n".join(
            f"{i}. {str(step.get('action_took', ''))[:80]} => {str(step.get('obs', ''))[:160]}"
            for i, step in enumerate(recorder.steps[-20:], start=1)
        )
        if not transcript:
            return
        tasks: dict[str, asyncio.Task[str]] = {}
        try:
            async with asyncio.TaskGroup() as group:
                for aspect in self.ASPECTS:
                    tasks[aspect] = group.create_task(self._study(aspect, transcript))
        except* UnusableAnswer as unusable:
            for problem in unusable.exceptions:
                logger.warning("skipped %s", problem)
        except* Exception as other:
            logger.warning("analysis failed with %d errors", len(other.exceptions))
        for aspect, task in tasks.items():
            if task.done() and not task.cancelled() and task.exception() is None:
                kept = [old for old in self.lessons[aspect] if old != task.result()]
                self.lessons[aspect] = [*kept, task.result()][-20:]
