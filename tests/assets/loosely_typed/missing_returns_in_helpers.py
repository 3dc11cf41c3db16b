import contextlib
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Memory(MemoStructure):
    def _a(self, x) -> str:
        if x:
            return "a"

    def _b(self, x) -> Dict[str, Any]:
        with contextlib.suppress(KeyError):
            return x["b"]

    def _c(self, kind) -> int:
        match kind:
            case "a":
                return 1
            case "b":
                return 2

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        def key(row) -> float:
            if row:
                return 1.0

        def nothing() -> Dict[str, Any]:
            return None

        while True:
            out = {
                "a": self._a(1),
                "b": self._b({}),
                "c": self._c("a"),
                "k": key(1),
                "n": nothing(),
            }
            if out:
                return out

    async def general_update(self, recorder: Basic_Recorder) -> None: ...
