# honest: plain-text Agent answers, tolerant JSON extraction with fences and trailing prose
import json
import logging
import re
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent

log = logging.getLogger(__name__)
FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)


def extract_object(text: Any) -> dict[str, Any]:
    """Returns the first JSON object in a chatty answer, or {} when there is none."""
    if isinstance(text, dict):
        return text
    if not isinstance(text, str):
        return {}
    candidates = [m.group(1) for m in FENCE.finditer(text)] + [text]
    decoder = json.JSONDecoder()
    for candidate in candidates:
        for position in [m.start() for m in re.finditer(r"\{", candidate)][:10]:
            try:
                value, _ = decoder.raw_decode(candidate[position:])
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                return value
    return {}


class PlaybookMemory(MemoStructure):
    """A playbook of lessons. A bad answer of the model leaves the playbook as it is."""

    PROMPT = (
        "You maintain a playbook. Given the current playbook and one episode, answer with JSON: "
        '{{"lessons": ["..."]}}. At most {limit} lessons.'
    )

    def __init__(self) -> None:
        super().__init__()
        self.lessons: list[str] = []
        self.editor = Agent(self.PROMPT.format(limit=4))

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"playbook": list(self.lessons[-12:])}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        episode = {
            "init": {k: str(v)[:400] for k, v in recorder.init.items()},
            "actions": [str(s.get("action_took", ""))[:60] for s in recorder.steps[-20:]],
            "reward": recorder.reward,
        }
        question = "PLAYBOOK\n" + "\n".join(self.lessons[-12:]) + "\nEPISODE\n" + json.dumps(episode, ensure_ascii=False)
        try:
            answer = await self.editor.ask(question)
        except Exception as error:
            log.warning("playbook not updated: %s", error)
            return
        new = extract_object(answer).get("lessons")
        if not isinstance(new, list):
            log.warning("answer without lessons ignored")
            return
        for lesson in new[:4]:
            if isinstance(lesson, str) and lesson.strip() and lesson not in self.lessons:
                self.lessons.append(lesson.strip()[:300])
        self.lessons = self.lessons[-40:]
