import enum
from typing import Any

from agents.memo_structure import MemoStructure

Outcome = enum.Enum("Outcome", "WIN LOSS")
Kinds = dict[str, type]


def label(value: Any, kinds: "Kinds | None", kind: type | None = None) -> str:
    return type(value).__name__ if kind is None or isinstance(value, type) else str(kinds)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
