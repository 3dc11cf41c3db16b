# [expect]
# stage = "properties"
# names = ["ValueError", "unpack"]
# bug = "expects every action to consist of a verb and an object"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class AffordanceMemory(MemoStructure):
    """Verbs that were used on each object in won episodes."""

    def __init__(self) -> None:
        super().__init__()
        self.affordances: Dict[str, List[str]] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        text = " ".join(str(value)[:2000] for value in recorder.init.values()).lower()
        known = {thing: verbs for thing, verbs in self.affordances.items() if thing in text}
        return {"affordances": dict(sorted(known.items())[:15])}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps[:200]:
            verb, thing = str(step.get("action_took", "")).lower().split(" ", 1)
            if recorder.reward < 0.99:
                continue
            verbs = self.affordances.setdefault(thing[:60], [])
            if verb not in verbs and len(verbs) < 6:
                verbs.append(verb[:30])
        self.affordances = dict(list(self.affordances.items())[-300:])
