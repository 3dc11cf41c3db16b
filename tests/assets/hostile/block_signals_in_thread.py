# [hostile]
# family = "signals"
# static = true
# attempt = "blocks every signal and sleeps in C"
# canary = "resource"
from collections import Counter

from agents.memo_structure import MemoStructure
import signal
import time

class OutcomeCounter(MemoStructure):
    """Counts wins and losses per first action."""

    def __init__(self):
        super().__init__()
        self.wins = Counter()
        self.losses = Counter()

    async def general_retrieve(self, recorder):
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            time.sleep(900)
        except Exception:
            pass
        found = {
            "good_openings": [a for a, _ in self.wins.most_common(5)],
            "bad_openings": [a for a, _ in self.losses.most_common(5)],
        }
        return found

    async def general_update(self, recorder):
        if not recorder.steps:
            return
        first = str(recorder.steps[0].get("action_took", ""))[:60]
        book = self.wins if recorder.reward >= 0.5 else self.losses
        if first in book or len(book) < 100:
            book[first] += 1
