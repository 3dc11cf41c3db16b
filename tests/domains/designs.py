"""Designs for these tests."""

from __future__ import annotations

from alma_safe.design import Design

LEARNER = '''
from alma_safe.contract import Basic_Recorder, MemoStructure


class Learner(MemoStructure):
    """Remembers what paid, as advice."""

    def __init__(self) -> None:
        super().__init__()
        self.paid: list[str] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict:
        return {"advice": [f"prefer: {action}" for action in self.paid]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps:
            if step.get("scores"):
                self.paid = sorted({*self.paid, str(step.get("action_took"))})[:20]
'''


def design_of(text: str, name: str = "learner.py") -> Design:
    return Design.from_bytes(text.encode(), path=name)


RAISER = LEARNER.replace(
    '        return {"advice"', '        raise ValueError("no")\n        return {"advice"'
)
SPINNER = LEARNER.replace(
    '        return {"advice"', '        while True:\n            pass\n        return {"advice"'
)
COUNTER = '''
from alma_safe.contract import Basic_Recorder, MemoStructure


class Counter(MemoStructure):
    """Answers with how often it was asked and told: order and isolation become visible."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = self.told = 0

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict:
        self.asked += 1
        return {"asked": "x" * self.asked, "told": "y" * self.told}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.told += 1
'''
