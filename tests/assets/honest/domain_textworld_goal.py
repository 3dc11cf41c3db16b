# honest: one domain family (TextWorld, Baba Is AI), init["obs"] and init["goal"] indexed directly, regex with named groups
import re

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

SENTENCE = re.compile(r"(?P<sentence>[^.!?\n]{8,160})[.!?\n]")


class GoalMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.by_goal = {}
        self.sentences = {}

    async def general_retrieve(self, recorder: Basic_Recorder):
        goal, obs = recorder.init["goal"], recorder.init["obs"]
        row = self.by_goal.get(goal[:300])
        known = [m["sentence"] for m in SENTENCE.finditer(obs[:4000]) if m["sentence"] in self.sentences]
        result = {"same_goal": None, "seen_before": known[:5]}
        if row is not None:
            result["same_goal"] = {"best": row["best"], "walkthrough": row["walkthrough"], "tries": row["tries"]}
        elif self.by_goal:
            name, row = max(self.by_goal.items(), key=lambda kv: (kv[1]["best"], kv[0]))
            result["other_goal"] = {"goal": name, "walkthrough": row["walkthrough"]}
        return result

    async def general_update(self, recorder: Basic_Recorder):
        goal = recorder.init["goal"][:300]
        row = self.by_goal.setdefault(goal, {"best": -1.0, "walkthrough": [], "tries": 0})
        row["tries"] += 1
        if recorder.reward > row["best"]:
            row["best"] = float(recorder.reward)
            row["walkthrough"] = [step["action_took"][:256] for step in recorder.steps][:25]
        for step in recorder.steps:
            for match in SENTENCE.finditer(step["obs"][:2000]):
                self.sentences[match["sentence"]] = True
        while len(self.sentences) > 500:
            self.sentences.pop(next(iter(self.sentences)))
        while len(self.by_goal) > 100:
            self.by_goal.pop(next(iter(self.by_goal)))
