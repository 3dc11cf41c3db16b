# honest: difflib close matches, statistics module with guards, Decimal and Fraction
import difflib
import statistics
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class DiffMemory(MemoStructure):
    """Finds earlier tasks by difflib and reports robust reward statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.by_task: dict[str, list[float]] = {}
        self.plan_of: dict[str, list[str]] = {}

    def _task(self, recorder: Basic_Recorder) -> str:
        init = recorder.init
        raw = init.get("goal") or init.get("obs") or init.get("long_term_context") or ""
        return " ".join(str(raw).split())[:160]

    @staticmethod
    def _rate(values: list[float]) -> str:
        share = Fraction(sum(1 for v in values if v > 0), len(values))
        percent = Decimal(share.numerator * 100) / Decimal(share.denominator)
        return str(percent.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)) + " %"

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        task = self._task(recorder)
        close = difflib.get_close_matches(task, list(self.by_task), n=3, cutoff=0.3)
        rows = []
        for name in close:
            rewards = self.by_task[name]
            row = {"task": name, "success": self._rate(rewards), "median": statistics.median(rewards)}
            if len(rewards) >= 2:
                row["stdev"] = round(statistics.stdev(rewards), 3)
            if name in self.plan_of:
                row["plan"] = self.plan_of[name]
            rows.append(row)
        everything = [r for rewards in self.by_task.values() for r in rewards]
        mean = statistics.fmean(everything) if everything else None
        return {"similar": rows, "overall_mean": None if mean is None else round(mean, 3)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        task = self._task(recorder)
        rewards = self.by_task.setdefault(task, [])
        previous = max(rewards, default=-1.0)
        rewards.append(float(recorder.reward))
        del rewards[:-20]
        if recorder.reward > previous and recorder.steps:
            self.plan_of[task] = [str(s.get("action_took", ""))[:60] for s in recorder.steps[:12]]
        if len(self.by_task) > 60:
            oldest = next(iter(self.by_task))
            self.by_task.pop(oldest)
            self.plan_of.pop(oldest, None)
