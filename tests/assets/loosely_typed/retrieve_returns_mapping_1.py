from collections import defaultdict
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Memory(MemoStructure):
    async def general_retrieve(self, recorder: Basic_Recorder) -> defaultdict:
        return defaultdict(list, {"a": [1]})

    async def general_update(self, recorder: Basic_Recorder):
        pass
