# honest: closures, nonlocal, functions as layers built by a factory
from agents.memo_structure import MemoStructure


def make_counter():
    total = 0

    def add(n=1):
        nonlocal total
        total += n
        return total

    def read():
        return total

    return add, read


def make_ring(size):
    items = []
    position = 0

    def push(item):
        nonlocal position
        if len(items) < size:
            items.append(item)
        else:
            items[position % size] = item
        position += 1

    def latest(n):
        if not items:
            return []
        start = position if len(items) == size else len(items)
        return [items[(start - 1 - i) % len(items)] for i in range(min(n, len(items)))]

    return push, latest


def make_filter(threshold):
    return lambda episode: episode["reward"] >= threshold


class ClosureMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.add_episode, self.episode_count = make_counter()
        self.push, self.latest = make_ring(64)
        self.is_good = make_filter(0.5)

    async def general_retrieve(self, recorder):
        good = [e for e in self.latest(20) if self.is_good(e)]
        bad = [e for e in self.latest(20) if not self.is_good(e)]
        return {"episodes_seen_bucket": min(self.episode_count(), 100), "worked": good[:4], "failed": bad[:2]}

    async def general_update(self, recorder):
        self.add_episode()
        self.push({
            "goal": str(recorder.init.get("goal", ""))[:200],
            "actions": [str(s.get("action_took", ""))[:50] for s in recorder.steps[:10]],
            "reward": float(recorder.reward),
        })
