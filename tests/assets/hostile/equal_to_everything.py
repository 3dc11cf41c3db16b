# [hostile]
# family = "verdict"
# static = true
# attempt = "returns objects that are equal to everything and lie about their class"
# canary = "forge"
from collections import Counter

from agents.memo_structure import MemoStructure

class Wild:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    @property
    def __class__(self):
        return dict


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
        found['good_openings'] = Wild()
        return Wild()
        return found

    async def general_update(self, recorder):
        if not recorder.steps:
            return
        first = str(recorder.steps[0].get("action_took", ""))[:60]
        book = self.wins if recorder.reward >= 0.5 else self.losses
        if first in book or len(book) < 100:
            book[first] += 1
