# honest: heterogeneous dict literals mutated later, sorted(d, key=d.get), max(counts, key=counts.get), rebinding types
from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class LooseDictMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.database = {"count": 0, "items": [], "by_first": {}, "best": None}

    async def general_retrieve(self, recorder: Basic_Recorder):
        result = {"count": 0, "items": [], "hint": None}
        counts = self.database["by_first"]
        if counts:
            favourite = max(counts, key=counts.get)
            order = sorted(counts, key=counts.get, reverse=True)
            result["hint"] = f"most often started with {favourite!r}"
            result["items"] = order[:5]
            result["count"] += len(result["items"])
        best = self.database["best"]
        if best:
            result["best"] = best["actions"]
        return result

    async def general_update(self, recorder: Basic_Recorder):
        entry = {"n": 0, "actions": [], "reward": 0.0}
        for step in recorder.steps:
            action = step.get("action_took", "")
            action = str(action)[:70]
            entry["n"] += 1
            if len(entry["actions"]) < 12:
                entry["actions"].append(action)
        reward = recorder.reward
        reward = float(reward)
        entry["reward"] = reward
        self.database["count"] += 1
        self.database["items"].append(entry)
        self.database["items"] = self.database["items"][-100:]
        if entry["actions"]:
            first = entry["actions"][0]
            self.database["by_first"][first] = self.database["by_first"].get(first, 0) + 1
            if len(self.database["by_first"]) > 100:
                rare = min(self.database["by_first"], key=self.database["by_first"].get)
                self.database["by_first"].pop(rare)
        best = self.database["best"]
        if best is None or best["reward"] < reward:
            self.database["best"] = entry
