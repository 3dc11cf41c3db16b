from typing import Mapping
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Memory(MemoStructure):
    async def general_retrieve(self, recorder: Basic_Recorder) -> Mapping[str, object]:
        return {"a": 1}

    async def general_update(self, recorder: Basic_Recorder):
        pass
