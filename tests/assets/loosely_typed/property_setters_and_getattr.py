from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Settings:
    def __init__(self, **values):
        self._values = values

    def __getattr__(self, name):
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name)


class Row:
    def __init__(self, text: str) -> None:
        self._text = text
        self.hits = 0

    @property
    def text(self) -> str:
        return self._text

    @text.setter
    def text(self, value: Any) -> None:
        self._text = str(value)[:100]


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings(limit=3, label="rows")
        self.row = Row("")

    @property
    def size(self):
        return self.row.hits

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        self.row.text = recorder.init.get("obs")
        return {self.settings.label: [self.row.text] * self.settings.limit, "size": self.size}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.row.hits += 1
        self.row.text = 7
