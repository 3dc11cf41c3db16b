"""BM25 notes: one short note per episode, found again by the words of the task.

Mechanism: classic sparse retrieval (Okapi BM25, Robertson and Zaragoza 2009) over an inverted index,
so that rare words of a task count for more than common ones; no embeddings, no LLM. A note keeps the
steps that gained something, or the last ones, and how the episode ended.
"""

from __future__ import annotations

import json
import math
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_NOTES = 200
NOTE_STEPS = 6
NOTE_BUDGET = 12_000  # bytes of JSON per note
SHOWN_NOTES = 3
TERM_SATURATION, LENGTH_WEIGHT = 1.5, 0.75  # k1 and b of the BM25 literature


def clip(value: object, limit: int) -> str:
    """The start of a text as one line of at most `limit` characters."""
    return " ".join(str(value)[: 4 * limit].split())[:limit].rstrip()


def number(value: object) -> float:
    """A finite float; 0.0 for anything else."""
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return 0.0


def seen(part: dict[str, Any]) -> str:
    """What the agent could read at this point (`init` or a step), in any domain."""
    texts = (part.get(key) for key in ("obs", "long_term_context", "short_term_context"))
    return "\n".join(str(text)[:MAX_TEXT] for text in texts if text)


def situation(recorder: Basic_Recorder) -> str:
    """The goal and the opening observation: all that is known before an episode."""
    return f"{str(recorder.init.get('goal') or '')[:MAX_TEXT]}\n{seen(recorder.init)}".strip()


def words(text: str) -> list[str]:
    """Distinct words of three letters or more, in order of appearance."""
    return list(dict.fromkeys(re.findall(r"[^\W\d_]{3,24}", text.lower())))


def command(step: dict[str, Any]) -> str:
    """The step's action without instance numbers: "take apple 1" becomes "take apple"."""
    taken = step.get("action_took") or ""
    text = taken if isinstance(taken, str) else " ".join(map(str, taken))
    raw = clip(text, MAX_ACTION).lower()
    return " ".join(word for word in raw.split() if not word.isdigit()) or raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step in plain terms; `outcome` is empty when the step showed nothing new."""

    action: str
    outcome: str
    gain: float
    done: bool

    def line(self) -> str:
        """The step as `action -> outcome`."""
        reward = "; score went up" if self.gain > 0 else ""
        return f"{self.action} -> {self.outcome or 'nothing new'}{reward}"


def moves(recorder: Basic_Recorder) -> list[Move]:
    """The episode's actions, each with the first line it added to what the agent sees."""
    known, best = set(seen(recorder.init).splitlines()), 0.0
    result: list[Move] = []
    for step in recorder.steps:
        lines, score = seen(step).splitlines(), number(step.get("scores"))
        fresh = next((line for line in lines if line.strip() and line not in known), "")
        # Some domains report a running total and some a reward per step: only a new best is a gain.
        gain, best = max(0.0, score - best), max(best, score)
        action, done = command(step), bool(step.get("dones"))
        if action:
            result.append(Move(action=action, outcome=clip(fresh, MAX_LINE), gain=gain, done=done))
        known = set(lines)
    return result


def won(recorder: Basic_Recorder) -> bool:
    """Whether the episode earned (nearly) the full reward."""
    return number(recorder.reward) >= 0.999


def lost(recorder: Basic_Recorder) -> bool:
    """Whether the episode ended by itself, and not well: more than running out of steps."""
    return bool(recorder.steps) and bool(recorder.steps[-1].get("dones")) and not won(recorder)


def within(lines: Iterable[str], budget: int) -> list[str]:
    """The leading lines that fit into `budget` bytes of JSON."""
    kept: list[str] = []
    for line in lines:
        budget -= len(json.dumps(line)) + 2
        if budget < 0:
            break
        kept.append(line)
    return kept


def note(recorder: Basic_Recorder) -> list[str]:
    """What to remember of an episode: advice from its turning points, then its telling steps."""
    episode = moves(recorder)
    gains = [move for move in episode if move.gain > 0]
    # The win itself is a turning point even where the score does not show it.
    turning = gains or (episode[-1:] if won(recorder) else [])
    advice = [f"prefer: {move.action}" for move in turning[-NOTE_STEPS:]]
    if episode and lost(recorder):
        advice.append(f"avoid: {episode[-1].action}")
    telling = gains or [move for move in episode if move.outcome]
    lines = dict.fromkeys([*advice, *(move.line() for move in telling[-NOTE_STEPS:])])
    return within(lines, NOTE_BUDGET)


class Bm25Layer(Sub_memo_layer):
    """An inverted index from task words to note numbers."""

    def __init__(self) -> None:
        self.postings: dict[str, list[int]] = {}
        self.terms: OrderedDict[int, list[str]] = OrderedDict()
        super().__init__(layer_intro="Ranks notes by the words of a task.", database=self.postings)

    async def update(self, **kwargs: Any) -> None:
        """Index the recorder's task under `number`; the oldest note leaves a full index."""
        terms = words(situation(kwargs["recorder"]))
        self.terms[kwargs["number"]] = terms
        for term in terms:
            self.postings.setdefault(term, []).append(kwargs["number"])
        if len(self.terms) > MAX_NOTES:
            oldest, terms = self.terms.popitem(last=False)
            for term in terms:
                self.postings[term].remove(oldest)
                if not self.postings[term]:
                    del self.postings[term]

    async def retrieve(self, **kwargs: Any) -> list[int]:
        """Numbers of the notes that share words with the recorder's task, best first."""
        scores: dict[int, float] = {}
        average = sum(map(len, self.terms.values())) / max(1, len(self.terms))
        for term in words(situation(kwargs["recorder"])):
            matching = self.postings.get(term, [])
            rarity = math.log1p((len(self.terms) - len(matching) + 0.5) / (len(matching) + 0.5))
            for known in matching:
                length = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * len(self.terms[known]) / average
                # Words are counted once per task, so the term frequency is always one.
                weight = (TERM_SATURATION + 1) / (1 + TERM_SATURATION * length)
                scores[known] = scores.get(known, 0.0) + rarity * weight
        return sorted(scores, key=lambda known: (-round(scores[known], 9), -known))


class NoteLayer(Sub_memo_layer):
    """The notes themselves, by number."""

    def __init__(self) -> None:
        self.notes: OrderedDict[int, tuple[float, list[str]]] = OrderedDict()
        self.count = 0
        super().__init__(layer_intro="Keeps one note per episode.", database=self.notes)

    async def update(self, **kwargs: Any) -> int | None:
        """Take a note of the recorder's episode; its number, or None when there is nothing to note."""
        recorder: Basic_Recorder = kwargs["recorder"]
        lines = note(recorder)
        if not lines:
            return None
        self.count += 1
        self.notes[self.count] = (round(number(recorder.reward), 3), lines)
        if len(self.notes) > MAX_NOTES:
            self.notes.popitem(last=False)
        return self.count

    async def retrieve(self, **kwargs: Any) -> list[dict[str, Any]]:
        """The notes of `numbers`; of the five most relevant, those with the best rewards."""
        first: list[int] = kwargs["numbers"][: SHOWN_NOTES + 2]
        relevant = [self.notes[known] for known in first if known in self.notes]
        chosen = sorted(relevant, key=lambda entry: -entry[0])[:SHOWN_NOTES]
        return [{"reward": reward, "notes": list(lines)} for reward, lines in chosen]


class Bm25Notes(MemoStructure):
    """Chains the index (which notes?) to the notes (what do they say?)."""

    def __init__(self) -> None:
        super().__init__()
        self.index = Bm25Layer()
        self.notes = NoteLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Notes on the most similar tasks; empty when no word is shared with any."""
        found = await self.notes.retrieve(numbers=await self.index.retrieve(recorder=recorder))
        return {"similar_tasks": found} if found else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Take a note and index it."""
        known = await self.notes.update(recorder=recorder)
        if known is not None:
            await self.index.update(recorder=recorder, number=known)
