# honest: nested f-strings, same quotes inside (PEP 701), format specs, debug f-strings, str.format, Template, textwrap
import string
import textwrap
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

HEADER = "Episode {number:04d} ({outcome:^9}) after {steps:>3} steps"
ADVICE = string.Template("If the task looks like '$task', then $advice.")


class ReportMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.reports: list[dict[str, Any]] = []
        self.number = 0

    def _render(self, row: dict[str, Any], width: int = 60) -> str:
        bar = f"{'#' * round(row["reward"] * 10):.<{10}}"
        title = HEADER.format(number=row["number"] % 10_000, outcome=row["outcome"], steps=row["steps"])
        body = f"{f"{row['reward']:>7.1%}":<10}|{bar}|"
        moves = textwrap.shorten(", ".join(row["actions"]) or "-", width=width * 3, placeholder=" ...")
        return f"""{title}
{body}
{textwrap.indent(textwrap.fill(moves, width=width), prefix="  ")}"""

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        best = sorted(self.reports, key=lambda r: (-r["reward"], r["steps"], r["number"]))[:3]
        return {
            "reports": [self._render(row) for row in best],
            "advice": [
                ADVICE.safe_substitute(task=row["task"], advice=f"try {row["actions"][0]!r:.60} first")
                for row in best
                if row["actions"]
            ],
            "debug": f"{len(best)=}",
            "literal": "{not a field} %d $x",
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.number += 1
        self.reports.append(
            {
                "number": self.number,
                "task": textwrap.shorten(str(recorder.init.get("goal", ""))[:500], 80, placeholder="..."),
                "outcome": "won" if recorder.reward >= 1 else "open",
                "steps": min(len(recorder.steps), 999),
                "reward": float(recorder.reward),
                "actions": ["{!s:.50}".format(s.get("action_took", "")) for s in recorder.steps[:10]],
            }
        )
        del self.reports[:-80]
