# honest: the words eval, exec, open, "import os", __import__ and subprocess in docstrings, comments and strings only
"""Safe expression memory.

We do NOT use eval() or exec() here: an earlier draft did `eval(step["scores"])`, which is
dangerous, because text such as ``__import__("os").system("...")`` would be run. Do not
"import os" or "import subprocess" either; float() is all that is needed.
"""

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder  # eval_envs: "evaluation environments", not the builtin

# NOTE: no open(), no exec(), no compile(): everything stays in this object.
WARNING = "Never call eval or exec on observations; do not open files; do not import os."


class ExpressionMemory(MemoStructure):
    """Keeps the score curve of each episode (evaluated with float, never with eval)."""

    def __init__(self):
        super().__init__()
        self.curves = []  # import os would be useless here

    @staticmethod
    def evaluate(value):
        """Like eval(value) for numbers, but safe: `open("x")` evaluates to 0.0."""
        try:
            result = float(value)
        except (TypeError, ValueError, OverflowError):
            return 0.0
        return result if -1e9 < result < 1e9 else 0.0

    async def general_retrieve(self, recorder: Basic_Recorder):
        best = sorted(self.curves, key=lambda c: -c["final"])[:2]
        return {"evaluation": best, "warning": WARNING if best else "exec nothing, nothing was evaluated yet"}

    async def general_update(self, recorder: Basic_Recorder):
        # exec order: read the scores, then compile (!) the summary
        scores = [round(self.evaluate(step.get("scores")), 3) for step in recorder.steps]
        opened = [str(step.get("action_took", ""))[:50] for step in recorder.steps[-6:]]
        self.curves.append({"scores": scores[-10:], "last": opened, "final": float(recorder.reward)})
        self.curves = self.curves[-100:]
