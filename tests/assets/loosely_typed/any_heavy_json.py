import json
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


Payload = Dict[str, Any]


def dig(data: Any, *path: Any, default: Any = None) -> Any:
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return default
    return data


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.database = {}

    def _load(self, raw) -> Payload:
        value = raw
        if isinstance(raw, str):
            try:
                value = json.loads(raw)
            except ValueError:
                value = {"raw": raw}
        return value if isinstance(value, dict) else {"value": value}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Payload:
        data = self._load(json.dumps(recorder.init))
        data = list(data.items())
        data = {k: v for k, v in data}
        goal = dig(data, "goal", default="")
        return {"goal": goal, "rows": self.database.get(goal, [])[:3]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        rows = self.database.setdefault(recorder.init.get("goal", ""), [])
        rows.append({"r": recorder.reward})
        del rows[:-5]
