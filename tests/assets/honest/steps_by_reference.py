# honest: stores references to recorder.steps and recorder.init and never mutates them; operator.itemgetter; copy.deepcopy on output
import copy
import operator

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class ReferenceMemory(MemoStructure):
    """Keeps the episodes as they are. Everything derived from them is a new object."""

    def __init__(self):
        super().__init__()
        self.episodes = []

    async def general_retrieve(self, recorder: Basic_Recorder):
        by_reward = sorted(self.episodes, key=operator.itemgetter("reward"), reverse=True)
        shown = []
        for episode in by_reward[:2]:
            steps = [
                {"action_took": str(s.get("action_took", ""))[:80], "scores": copy.deepcopy(s.get("scores"))}
                for s in episode["steps"][:12]
            ]
            shown.append({"steps": steps, "reward": episode["reward"]})
        return {"best_episodes": shown}

    async def general_update(self, recorder: Basic_Recorder):
        self.episodes.append({"init": recorder.init, "steps": recorder.steps, "reward": recorder.reward})
        if len(self.episodes) > 30:
            worst = min(range(len(self.episodes)), key=lambda i: self.episodes[i]["reward"])
            del self.episodes[worst]
