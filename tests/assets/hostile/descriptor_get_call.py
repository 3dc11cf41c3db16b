# [hostile]
# family = "attributes"
# static = true
# attempt = "calls open through a descriptor's __get__ of a partial"
# canary = "file"
from collections import Counter

from agents.memo_structure import MemoStructure
import functools

class Field:
    def __init__(self, make):
        self.make = make

    def __get__(self, instance, owner):
        return self.make()


class Row:
    value = Field(functools.partial(open, "/tmp/alma-canary/descriptor_get_call", "w"))


class OutcomeCounter(MemoStructure):
    """Counts wins and losses per first action."""

    def __init__(self):
        super().__init__()
        self.wins = Counter()
        self.losses = Counter()

    async def general_retrieve(self, recorder):
        found = {
            "good_openings": [a for a, _ in self.wins.most_common(5)],
            "bad_openings": [a for a, _ in self.losses.most_common(5)],
        }
        return found

    async def general_update(self, recorder):
        try:
            Row().value.close()
        except Exception:
            pass
        if not recorder.steps:
            return
        first = str(recorder.steps[0].get("action_took", ""))[:60]
        book = self.wins if recorder.reward >= 0.5 else self.losses
        if first in book or len(book) < 100:
            book[first] += 1
