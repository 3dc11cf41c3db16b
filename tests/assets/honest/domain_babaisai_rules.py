# honest: one domain only (Baba Is AI), rules read from the text of obs, fixed action set counted with a numpy table
import numpy as np

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

MOVES = ("idle", "up", "right", "down", "left")


class RuleLayer(Sub_memo_layer):
    """Which rules ('x is y' in the text) were active in episodes that ended well?"""

    def __init__(self):
        super().__init__(layer_intro="Active rules and their success")
        self.database = {}

    @staticmethod
    def rules(obs):
        words = obs.lower().split()[:400]
        found = [f"{a} is {b}"[:60] for a, verb, b in zip(words, words[1:], words[2:]) if verb == "is"]
        return sorted(set(found))[:20]

    async def retrieve(self, **kwargs):
        rows = []
        for rule in self.rules(kwargs["obs"]):
            won, seen = self.database.get(rule, (0.0, 0))
            if seen:
                rows.append({"rule": rule, "success": round(won / seen, 2)})
        return rows[:6]

    async def update(self, **kwargs):
        for rule in self.rules(kwargs["obs"]):
            won, seen = self.database.get(rule, (0.0, 0))
            self.database[rule] = (won + kwargs["reward"], seen + 1)
        for rule in list(self.database)[:-300]:
            del self.database[rule]


class MoveLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__(layer_intro="Move after move, weighted with the reward")
        self.table = np.zeros((len(MOVES), len(MOVES)))

    async def retrieve(self, **kwargs):
        if not self.table.any():
            return {}
        return {MOVES[i]: MOVES[int(row.argmax())] for i, row in enumerate(self.table) if row.any()}

    async def update(self, **kwargs):
        moves = [MOVES.index(m) for m in kwargs["moves"] if m in MOVES]
        for a, b in zip(moves, moves[1:]):
            self.table[a, b] += kwargs["reward"]


class BabaMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.rules = RuleLayer()
        self.moves = MoveLayer()
        self.solutions = {}

    async def general_retrieve(self, recorder: Basic_Recorder):
        obs, goal = recorder.init["obs"], recorder.init["goal"]
        return {
            "solution": self.solutions.get((obs[:500], goal[:200])),
            "recent_solutions": [list(moves) for moves in list(self.solutions.values())[-2:]],
            "rules": await self.rules.retrieve(obs=obs),
            "usual_next_move": await self.moves.retrieve(),
        }

    async def general_update(self, recorder: Basic_Recorder):
        obs, goal = recorder.init["obs"], recorder.init["goal"]
        moves = [step["action_took"][:20] for step in recorder.steps]
        await self.rules.update(obs=obs, reward=recorder.reward)
        await self.moves.update(moves=moves, reward=recorder.reward)
        if recorder.reward > 0:
            self.solutions[obs[:500], goal[:200]] = moves[:20]
            if len(self.solutions) > 100:
                del self.solutions[next(iter(self.solutions))]
