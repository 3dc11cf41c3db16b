# [hostile]
# family = "attributes"
# static = true
# attempt = "redefines __getattribute__ so that a plain read opens a file"
# canary = "file"
from collections import Counter

from agents.memo_structure import MemoStructure

class Lazy:
    def __getattribute__(self, name):
        return open("/tmp/alma-canary/getattribute_override", "w")


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
            Lazy().note.close()
        except Exception:
            pass
        if not recorder.steps:
            return
        first = str(recorder.steps[0].get("action_took", ""))[:60]
        book = self.wins if recorder.reward >= 0.5 else self.losses
        if first in book or len(book) < 100:
            book[first] += 1
