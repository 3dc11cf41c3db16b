# [expect]
# stage = "properties"
# names = ["ValueError", "KeyError", "placeholder"]
# bug = "observed text with a dollar sign breaks string.Template.substitute"
from string import Template
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class PromptTemplateMemory(MemoStructure):
    """Builds the prompt of the summariser in two passes of string.Template."""

    def __init__(self) -> None:
        super().__init__()
        self.summaries: List[str] = []
        self.frame = Template("Task: $task\nActions: $$actions\nReward: $$reward\nSummarise in one sentence.")
        self.writer = Agent("You summarise episodes of text games.")

    def _prompt(self, recorder: Basic_Recorder) -> str:
        task = str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:500]
        first_pass = self.frame.substitute(task=task)
        actions = ", ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:20])
        return Template(first_pass).substitute(actions=actions, reward=recorder.reward)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"summaries": self.summaries[-5:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        sentence = await self.writer.ask(self._prompt(recorder))
        self.summaries = (self.summaries + [str(sentence)[:300]])[-50:]
