# honest: very terse, one-letter names, semicolons, lambdas, native import spelling
from collections import Counter as C
from alma_safe.contract import MemoStructure as B

w = lambda s: str(s)[:2000].lower().split()
k = lambda r: [t for v in r.init.values() for t in w(v)][:300]


class T(B):
    def __init__(s): super().__init__(); s.d = []

    async def general_update(s, r):
        s.d = (s.d + [(C(k(r)), [str(x.get("action_took"))[:80] for x in r.steps[:9]], r.reward)])[-99:]

    async def general_retrieve(s, r):
        q = C(k(r)); f = lambda e: (-sum((q & e[0]).values()), -e[2])
        return {"similar": [{"did": a, "reward": y} for _, a, y in sorted(s.d, key=f)[:3]]}
