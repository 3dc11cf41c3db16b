"""Lessons with a type, asked of a model by a map that has a key of that name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent

KEPT = 40
SCHEMA = {"type": {"type": "string"}, "lesson": {"type": "string"}}


@dataclass
class Lesson:
    """One lesson, what it is about, and how the game went."""

    type: str
    text: str
    reward: float


class LessonLayer(Sub_memo_layer):
    """The latest lessons."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Keeps lessons by type.", database=[])
        self.agent = Agent("You write one short lesson about a game.", SCHEMA)
        self.context: dict[str, list[Lesson]] = {}

    def get_context(self, count: int) -> list[dict[str, Any]]:
        """The newest lessons, as dicts."""
        newest: list[dict[str, Any]] = []
        for lessons in self.context.values():
            newest += [lesson.__dict__ for lesson in lessons[-count:]]
        return newest

    async def retrieve(self, **kwargs: Any) -> list[dict[str, Any]]:
        """A few lessons of each type."""
        return self.get_context(kwargs["count"])

    async def update(self, **kwargs: Any) -> None:
        """Ask for a lesson, and keep it if it is one."""
        recorder = kwargs["recorder"]
        took = [str(step.get("action_took"))[:60] for step in recorder.steps[-12:]]
        try:
            said = await self.agent.ask(f"Actions: {took}. Reward: {recorder.reward}")
        except RuntimeError:
            return
        if not isinstance(said, dict) or not isinstance(said.get("lesson"), str):
            return
        lesson = Lesson(str(said.get("type"))[:40], said["lesson"][:200], float(recorder.reward))
        lessons = self.context.setdefault(lesson.type, [])
        lessons.append(lesson)
        del lessons[:-KEPT]
        while len(self.context) > KEPT:
            del self.context[next(iter(self.context))]


class TypedLessons(MemoStructure):
    """One layer of lessons, and which of them was best."""

    def __init__(self) -> None:
        super().__init__()
        self.lessons = LessonLayer()
        self.lock = asyncio.Lock()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Lessons, newest first, and how it went with them."""
        best = Lesson("best", "", 0.0)
        for lessons in self.lessons.context.values():
            best = max([best, *lessons], key=lambda lesson: lesson.reward)
        return {
            "lessons": (await self.lessons.retrieve(count=3))[:12],
            "best": {"text": best.text, "reward": best.reward},
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """One episode at a time."""
        async with self.lock:
            await asyncio.gather(self.lessons.update(recorder=recorder))
