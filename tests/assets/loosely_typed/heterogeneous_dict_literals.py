from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Store(MemoStructure):
    def __init__(self):
        super().__init__()
        self.state = {"count": 0, "notes": [], "best": {"reward": -1.0, "plan": []}}
        self.rows = [{"a": 1}, {"b": "x"}, {"c": []}]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        self.state["notes"].sort()
        top = self.state["notes"][:3]
        entry = {"name": "x", "hits": [], "seen": set()}
        entry["hits"].append(len(top))
        entry["seen"].add("k")
        info = dict(count=self.state["count"] + 1, notes=top)
        info["plan"] = self.state["best"]["plan"][:5]
        return info

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.state["count"] += 1
        self.state["notes"].append(str(recorder.reward))
        if recorder.reward > self.state["best"]["reward"]:
            self.state["best"] = {
                "reward": recorder.reward,
                "plan": [s["action_took"] for s in recorder.steps],
            }
