# honest: heapq, bisect, deque, Counter, defaultdict, OrderedDict, ChainMap, itertools
import bisect
import heapq
import itertools
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class TopPlans(Sub_memo_layer):
    """A bounded min-heap: the worst plan is always the first to go."""

    def __init__(self, capacity: int = 30):
        super().__init__()
        self.capacity = capacity
        self.heap: list[tuple[float, int, list[str]]] = []
        self.tie = itertools.count()

    async def retrieve(self, **kwargs):
        return [{"reward": r, "plan": plan} for r, _, plan in heapq.nlargest(3, self.heap)]

    async def update(self, **kwargs):
        entry = (kwargs["reward"], next(self.tie), kwargs["plan"])
        if len(self.heap) < self.capacity:
            heapq.heappush(self.heap, entry)
        else:
            heapq.heappushpop(self.heap, entry)


class Quantiles(Sub_memo_layer):
    def __init__(self):
        super().__init__()
        self.window = deque(maxlen=100)
        self.ordered = []

    async def retrieve(self, **kwargs):
        n = len(self.ordered)
        return {f"p{q}": self.ordered[min(n - 1, n * q // 100)] for q in (10, 50, 90)} if n else {}

    async def update(self, **kwargs):
        value = kwargs["length"]
        if len(self.window) == self.window.maxlen:
            oldest = self.window[0]
            self.ordered.pop(bisect.bisect_left(self.ordered, oldest))
        self.window.append(value)
        bisect.insort(self.ordered, value)


class Bigrams(Sub_memo_layer):
    def __init__(self):
        super().__init__()
        self.follow: defaultdict[str, Counter] = defaultdict(Counter)
        self.order: OrderedDict[str, None] = OrderedDict()

    async def retrieve(self, **kwargs):
        rows = []
        for first in itertools.islice(reversed(self.order), 6):
            second, n = max(self.follow[first].items(), key=lambda item: (item[1], item[0]))
            rows.append([first, second, min(n, 99)])
        return rows

    async def update(self, **kwargs):
        for first, second in itertools.pairwise(kwargs["plan"]):
            self.follow[first][second] += 1
            self.order[first] = None
            self.order.move_to_end(first)
        while len(self.order) > 80:
            old, _ = self.order.popitem(last=False)
            del self.follow[old]


class ContainerMemory(MemoStructure):
    DEFAULTS = {"note": "no history", "plans": [], "lengths": {}, "often_follows": []}

    def __init__(self):
        super().__init__()
        self.plans, self.lengths, self.bigrams = TopPlans(), Quantiles(), Bigrams()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        found = {}
        if self.lengths.ordered:
            found["note"] = "history available"
            found["plans"] = await self.plans.retrieve()
            found["lengths"] = await self.lengths.retrieve()
            found["often_follows"] = await self.bigrams.retrieve()
        return dict(ChainMap(found, self.DEFAULTS))

    async def general_update(self, recorder: Basic_Recorder) -> None:
        plan = [str(s.get("action_took", ""))[:60] for s in itertools.islice(recorder.steps, 40)]
        await self.plans.update(reward=float(recorder.reward), plan=plan[:12])
        await self.lengths.update(length=len(recorder.steps))
        await self.bigrams.update(plan=plan)
