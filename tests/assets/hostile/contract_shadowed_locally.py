# [hostile]
# family = "types_gate"
# static = true
# attempt = "defines its own MemoStructure, so that nothing is checked against the contract"
# canary = "none"
from typing import Any

try:
    from agents.memo_structure import MemoStructure
except ImportError:
    MemoStructure: Any = object
Base: Any = __import__("agents.memo_structure", fromlist=["x"]).MemoStructure


class Shadow(Base):
    def __init__(self, *args: Any) -> None:
        super().__init__()

    async def general_retrieve(self, recorder: Any, *extra: Any) -> Any:
        return {"note": ""}

    async def general_update(self, recorder: Any) -> Any:
        return None
