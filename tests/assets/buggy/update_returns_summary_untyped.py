# [expect]
# stage = "properties"
# names = ["general_update", "None"]
# bug = "general_update returns its summary; nothing is annotated, so only running it shows"
from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class SummaryMemory(MemoStructure):
    """One sentence per episode, written by the model."""

    def __init__(self):
        super().__init__()
        self.summaries = []
        self.writer = Agent("Describe the episode in one sentence.", model="gpt-4o-mini")

    async def _summarise(self, recorder):
        actions = "; ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:25])
        return await self.writer.ask(f"Actions: {actions or 'none'}. Reward: {recorder.reward}")

    async def general_retrieve(self, recorder):
        return {"summaries": self.summaries[-5:]}

    async def general_update(self, recorder):
        summary = await self._summarise(recorder)
        self.summaries.append(str(summary)[:300])
        self.summaries = self.summaries[-50:]
        return summary
