from typing import Awaitable, Coroutine
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Layer(Sub_memo_layer):
    async def retrieve(self, **kwargs):
        return 1

    async def update(self, **kwargs):
        return None


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layer = Layer()

    async def _retrieve(self, recorder) -> Dict[str, Any]:
        return {"n": await self.layer.retrieve()}

    def general_retrieve(self, recorder: Basic_Recorder) -> Awaitable[Dict[str, Any]]:
        return self._retrieve(recorder)

    def general_update(self, recorder: Basic_Recorder) -> Coroutine[Any, Any, None]:
        return self.layer.update(r=recorder.reward)
