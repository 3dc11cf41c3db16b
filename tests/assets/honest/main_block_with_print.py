# honest: `if __name__ == "__main__":` demo with print, __all__, module constants
"""Frequency memory.

Run as a script it prints the empty answer of a fresh counter; as a module it prints nothing.
"""
from collections import Counter
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

__all__ = ["FrequencyMemory", "top"]

TOP_N = 7


def top(counter: Counter, n: int = TOP_N) -> list[dict[str, Any]]:
    """Deterministic variant of most_common.

    >>> top(Counter({"b": 1, "a": 1}), 1)
    [{'what': 'a', 'count': 1}]
    """
    return [{"what": k, "count": v} for k, v in sorted(counter.items(), key=lambda kv: (-kv[1], kv[0]))[:n]]


class FrequencyMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.won: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"in_won_episodes": top(self.won), "in_lost_episodes": top(self.lost - self.won, 3)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        target = self.won if recorder.reward > 0.5 else self.lost
        target.update(str(step.get("action_took", ""))[:60] for step in recorder.steps)
        if len(target) > 500:
            for name, _ in target.most_common()[:-101:-1]:
                del target[name]


if __name__ == "__main__":
    demo = Counter(["open door", "open door", "look"])
    print("top of the demo counter:")
    for row in top(demo):
        print(f"  {row['what']:<12} {row['count']:>3}")
    print(FrequencyMemory().__class__.__name__)
