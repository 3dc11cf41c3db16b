"""Enums and tuples whose names stand in a list, and objects that look up every name."""

from __future__ import annotations

from collections import namedtuple
from enum import Enum
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

KINDS = ["GOOD", "BAD"]
FIELDS = ["action", "gain"]
Kind = Enum("Kind", KINDS)
Row = namedtuple("Row", FIELDS)


class Settings(dict):
    """Settings by attribute."""

    __getattr__ = dict.get


class Rows(MemoStructure):
    """Keeps what was gained by what."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings(limit=3)
        self.rows = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        newest = self.rows[-self.settings.limit :]
        return {"rows": [[row.action, row.gain] for row in newest]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        kind = Kind.GOOD if recorder.reward > 0 else Kind.BAD
        row = Row(kind.name, float(recorder.reward))
        self.rows = [*self.rows, row if row.action else row][-20:]
