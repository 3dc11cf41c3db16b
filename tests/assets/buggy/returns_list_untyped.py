# [expect]
# stage = "properties"
# names = ["list"]
# bug = "returns a list of hints; nothing is annotated, so only running it shows"
from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class HintMemory(MemoStructure):
    """Hints from failed episodes: what was repeated most."""

    def __init__(self):
        super().__init__()
        self.hints = {}

    async def general_retrieve(self, recorder):
        ranked = sorted(self.hints.items(), key=lambda pair: (-pair[1], pair[0]))
        return [f"avoid repeating '{name}'" for name, count in ranked[:5] if count > 1]

    async def general_update(self, recorder):
        if recorder.reward >= 0.99:
            return
        for step in recorder.steps[:200]:
            action = str(step.get("action_took", ""))[:60]
            self.hints[action] = self.hints.get(action, 0) + 1
        if len(self.hints) > 400:
            self.hints = dict(sorted(self.hints.items(), key=lambda pair: -pair[1])[:200])
