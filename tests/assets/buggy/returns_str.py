# [expect]
# stage = "types"
# names = ["general_retrieve"]
# bug = "general_retrieve is declared to return, and returns, a string"
from typing import Dict, List

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer


class ProverbLayer(Sub_memo_layer):
    """Short sentences with the number of episodes that support them."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Sentences with their support.")
        self.support: Dict[str, int] = {}

    async def retrieve(self, **kwargs) -> List[str]:
        return sorted(self.support, key=lambda text: (-self.support[text], text))[:6]

    async def update(self, **kwargs) -> None:
        self.support[kwargs["text"]] = self.support.get(kwargs["text"], 0) + 1
        self.support = dict(list(self.support.items())[-200:])


class ProverbMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.proverbs = ProverbLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> str:
        lines = await self.proverbs.retrieve()
        return "\n".join(f"- {line}" for line in lines)

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.steps:
            last = str(recorder.steps[-1].get("action_took", ""))[:80]
            await self.proverbs.update(text=f"{last} ends in {'success' if recorder.reward >= 0.99 else 'failure'}")
