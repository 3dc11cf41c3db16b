from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Notes(Sub_memo_layer):
    async def retrieve(self, **kwargs: Any) -> List[str]:
        return list(self.database or [])

    async def update(self, **kwargs: Any) -> None:
        self.database = (list(self.database or []) + [str(kwargs["text"])])[-20:]


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.notes = Notes()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"text": "{} notes of {total}".format(3)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.notes.update(text=recorder.init.get("obs", ""))
