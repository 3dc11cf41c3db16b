# honest: method dispatch by getattr with a constant f-string prefix
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class DispatchMemory(MemoStructure):
    """Visitor style: `_on_<event>` methods handle the events derived from an episode."""

    EVENTS = ("start", "step", "finish")

    def __init__(self) -> None:
        super().__init__()
        self.openings: list[str] = []
        self.length_sum = 0
        self.episodes = 0
        self.finished: list[dict[str, Any]] = []

    def _events(self, recorder: Basic_Recorder):
        yield "start", recorder.init
        for step in recorder.steps:
            yield "step", step
        yield "finish", {"reward": recorder.reward, "steps": recorder.steps}

    def _on_start(self, payload: dict[str, Any]) -> None:
        self.episodes += 1

    def _on_step(self, payload: dict[str, Any]) -> None:
        self.length_sum += 1

    def _on_finish(self, payload: dict[str, Any]) -> None:
        actions = [str(s.get("action_took", ""))[:60] for s in payload["steps"][:10]]
        self.finished.append({"reward": float(payload["reward"]), "actions": actions})
        self.finished = sorted(self.finished, key=lambda row: -row["reward"])[:30]

    def _render_best(self) -> list[dict[str, Any]]:
        return self.finished[:3]

    def _render_length(self) -> float:
        return round(self.length_sum / self.episodes, 1) if self.episodes else 0.0

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {part: getattr(self, f"_render_{part}")() for part in ("best", "length")}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for event, payload in self._events(recorder):
            handler = getattr(self, f"_on_{event}", None)
            if handler is not None:
                handler(payload)
