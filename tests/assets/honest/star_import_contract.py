# honest: star import of the contract, lambdas by name, nested f-strings with the same quotes
import re, json
from collections import defaultdict
from functools import reduce
from itertools import pairwise, accumulate, takewhile, zip_longest
from alma_safe.contract import *

lines = lambda part: str(part.get("obs") or part.get("long_term_context") or "").splitlines()
act = lambda s: (lambda a: a if isinstance(a, str) else " ".join(map(str, a)))(s.get("action_took") or "")

def merge(a, b): return {k: a.get(k, 0) + b.get(k, 0) for k in a.keys() | b.keys()}

class Diff(Sub_memo_layer):
    def __init__(self): super().__init__("what lines an action adds or takes away", {})
    async def retrieve(self, **kw):
        return {a: f"adds {", ".join(sorted(d["plus"], key=lambda l: (-d["plus"][l], l))[:2]) or "nothing"}" for a, d in sorted(self.database.items(), key=lambda x: (-x[1]["gain"], x[0]))[:5] if d["gain"] > 0}
    async def update(self, **kw):
        for (before, _, _), (after, a, gain) in pairwise(kw["frames"]):
            d = self.database.setdefault(a, {"plus": {}, "gain": 0.0})
            d["plus"] = dict(sorted(merge(d["plus"], {l[:80]: 1 for l in after if l not in before}).items(), key=lambda x: (-x[1], x[0]))[:6])
            d["gain"] += gain
        self.database = dict(sorted(self.database.items(), key=lambda x: (-x[1]["gain"], x[0]))[:150])

class Functional(MemoStructure):
    def __init__(self):
        super().__init__()
        self.diff = Diff()
    async def general_retrieve(self, recorder):
        return await self.diff.retrieve()
    async def general_update(self, recorder):
        scores = [0.0, *(float(s.get("scores") or 0) for s in recorder.steps)]
        tops = list(accumulate(scores, max))
        gains = [b - a for a, b in pairwise(tops)]
        frames = [(set(lines(recorder.init)), "", 0.0)] + [(set(lines(s)), act(s)[:60], g) for s, g in zip(recorder.steps, gains)]
        await self.diff.update(frames=frames)
