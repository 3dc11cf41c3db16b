# [expect]
# stage = "properties"
# names = ["general_update", "deadline", "_SENTENCES", "_facts", "regex"]
# bug = "a nested quantifier backtracks exponentially on text without a full stop"
import re
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

_SENTENCES = re.compile(r"^(?:[\w',]+\s?)+\.")


class FactMemory(MemoStructure):
    """The leading sentence of each observation is kept as a fact."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: List[str] = []

    def _facts(self, text: str) -> List[str]:
        match = _SENTENCES.match(text.strip())
        return [match.group(0)[:200]] if match else []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        words = set(str(recorder.init.get("obs", ""))[:2000].lower().split())
        ranked = sorted(self.facts, key=lambda fact: (-len(words & set(fact.lower().split())), fact))
        return {"facts": ranked[:6]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps[:50]:
            for fact in self._facts(str(step.get("obs", ""))):
                if fact not in self.facts:
                    self.facts.append(fact)
        self.facts = self.facts[-100:]
