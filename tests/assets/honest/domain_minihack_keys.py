# honest: one domain only (MiniHack), documented keys indexed directly, no .get
from collections import Counter, defaultdict
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class SurroundingsLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__(layer_intro="What the agent saw shortly before its score rose")
        self.seen: Counter[str] = Counter()

    async def retrieve(self, **kwargs):
        context = kwargs["short_term_context"]
        ranked = sorted(self.seen.items(), key=lambda kv: (kv[0] not in context, -kv[1], kv[0]))
        return [line for line, _ in ranked[:5]]

    async def update(self, **kwargs):
        score = 0.0
        for step in kwargs["steps"]:
            if step["scores"] > score:
                for line in step["short_term_context"].splitlines()[:5]:
                    self.seen[line.strip()[:100]] += 1
            score = step["scores"]
        self.seen = Counter(dict(sorted(self.seen.items(), key=lambda kv: (-kv[1], kv[0]))[:200]))


class ActionUseLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__(layer_intro="Mean reward per available action")
        self.total = defaultdict(float)
        self.count = defaultdict(int)

    async def retrieve(self, **kwargs):
        rows = []
        for name, meaning in kwargs["action_dict"].items():
            if self.count[name]:
                rows.append((self.total[name] / self.count[name], name[:40], str(meaning)[:80]))
        rows.sort(key=lambda row: (-row[0], row[1], row[2]))
        return [{"action": n, "meaning": m, "mean_reward": round(v, 3)} for v, n, m in rows[:6]]

    async def update(self, **kwargs):
        for name in dict.fromkeys(step["action_took"] for step in kwargs["steps"]):
            self.total[name] += kwargs["reward"]
            self.count[name] += 1


class MiniHackMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.surroundings = SurroundingsLayer()
        self.actions = ActionUseLayer()
        self.last_maps: list[str] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        init = recorder.init
        familiar = init["long_term_context"][:500] in self.last_maps
        return {
            "goal": init["goal"][:200],
            "familiar_map": familiar,
            "look_for": await self.surroundings.retrieve(short_term_context=init["short_term_context"]),
            "useful_actions": await self.actions.retrieve(action_dict=init["action_dict"]),
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.last_maps = [*self.last_maps, recorder.init["long_term_context"][:500]][-50:]
        await self.surroundings.update(steps=recorder.steps)
        await self.actions.update(steps=recorder.steps, reward=recorder.reward)
