"""Episode vectors: a Chroma collection of tasks that points to digests of the episodes.

Mechanism: dense retrieval of several neighbours, re-ranked by reward, and what they agree on said
first. Collections of one process are shared by name, so each instance takes a name of its own. While
the embedding service is down, digests are kept and indexed later, and recall falls back to the best
of the latest episodes.
"""

from __future__ import annotations

import json
import math
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langchain_chroma import Chroma
from utils.hire_agent import Embedding

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_VECTORS = 200
NEIGHBOURS = 6
SHOWN_DIGESTS = 2
SHOWN_AGREED = 6
MAX_WAITING = 8  # unindexed tasks that one update tries to index
DIGEST_STEPS = 10
DIGEST_BUDGET = 12_000  # bytes of JSON for the steps of one digest


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


def within(lines: Iterable[str], budget: int) -> list[str]:
    """The leading lines that fit into `budget` bytes of JSON."""
    kept: list[str] = []
    for line in lines:
        budget -= len(json.dumps(line)) + 2
        if budget < 0:
            break
        kept.append(line)
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What an episode earned, its last telling steps, and the actions that raised the score."""

    reward: float
    steps: tuple[str, ...]
    paid: tuple[str, ...]


class TaskVectorLayer(Sub_memo_layer):
    """The tasks in a collection of their own, by episode number."""

    def __init__(self) -> None:
        self.collection = Chroma(
            collection_name=f"episodes-{uuid4().hex}", embedding_function=Embedding()
        )
        self.indexed: OrderedDict[int, None] = OrderedDict()
        self.waiting: OrderedDict[int, str] = OrderedDict()
        super().__init__(layer_intro="Finds tasks alike in meaning.", database=self.collection)

    async def update(self, **kwargs: Any) -> None:
        """Index the recorder's task under `number`, and some of those still waiting."""
        self.waiting[kwargs["number"]] = situation(kwargs["recorder"]) or "nothing"
        for known in list(self.waiting)[:MAX_WAITING]:
            try:
                self.collection.add_texts(
                    [self.waiting[known]], metadatas=[{"episode": known}], ids=[str(known)]
                )
            except Exception:  # what an outage raises is not part of the contract
                # To the end of the queue: should this one text be the cause, it must not block the rest.
                self.waiting.move_to_end(known)
                break
            del self.waiting[known]
            self.indexed[known] = None
        if len(self.waiting) > MAX_VECTORS:
            self.waiting.popitem(last=False)
        if len(self.indexed) > MAX_VECTORS:
            oldest, _ = self.indexed.popitem(last=False)
            self.collection.delete(ids=[str(oldest)])

    async def retrieve(self, **kwargs: Any) -> list[int]:
        """Numbers of the nearest episodes, nearest first, newer before older."""
        if not self.indexed:
            return []
        query = situation(kwargs["recorder"]) or "nothing"
        try:
            found = self.collection.similarity_search_with_score(query, k=NEIGHBOURS)
        except Exception:  # what an outage raises is not part of the contract
            return []
        ranked = sorted(
            (round(distance, 6), -int(task.metadata["episode"])) for task, distance in found
        )
        return [-negative for _, negative in ranked]


class DigestLayer(Sub_memo_layer):
    """The digests, by episode number."""

    def __init__(self) -> None:
        self.digests: OrderedDict[int, Digest] = OrderedDict()
        self.count = 0
        super().__init__(layer_intro="Keeps a digest of every episode.", database=self.digests)

    async def update(self, **kwargs: Any) -> int:
        """Digest the recorder's episode; its number."""
        recorder: Basic_Recorder = kwargs["recorder"]
        episode = moves(recorder)
        telling = [move for move in episode if move.outcome or move.gain > 0]
        paid = [move.action for move in episode if move.gain > 0]
        # Where the score is silent until the end, the last action of a won episode is what paid.
        paid = paid or ([episode[-1].action] if episode and won(recorder) else [])
        self.count += 1
        self.digests[self.count] = Digest(
            reward=round(number(recorder.reward), 3),
            steps=tuple(within((move.line() for move in telling[-DIGEST_STEPS:]), DIGEST_BUDGET)),
            paid=tuple(dict.fromkeys(paid[-DIGEST_STEPS:])),
        )
        if len(self.digests) > MAX_VECTORS:
            self.digests.popitem(last=False)
        return self.count

    async def retrieve(self, **kwargs: Any) -> list[Digest]:
        """The digests of `numbers`, or else the latest ones; best reward first."""
        latest = list(reversed(self.digests))[:NEIGHBOURS]
        found = [
            self.digests[known] for known in kwargs["numbers"] or latest if known in self.digests
        ]
        return sorted(found, key=lambda digest: -digest.reward)


class EpisodeVectors(MemoStructure):
    """Chains the vectors (which episodes?) to the digests (what do they say together?)."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors = TaskVectorLayer()
        self.digests = DigestLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """What paid in the neighbouring episodes, and the best of them in steps."""
        numbers = await self.vectors.retrieve(recorder=recorder)
        found = await self.digests.retrieve(numbers=numbers)
        agreed = Counter(action for digest in found for action in digest.paid)
        ranked = sorted(agreed, key=lambda action: (-agreed[action], action))[:SHOWN_AGREED]
        shown = [digest for digest in found if digest.steps][:SHOWN_DIGESTS]
        sections: dict[str, Any] = {
            "paid_in_similar_episodes": [f"prefer: {action}" for action in ranked],
            "episodes": [
                {"reward": digest.reward, "steps": list(digest.steps)} for digest in shown
            ],
        }
        return {name: content for name, content in sections.items() if content}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Digest the episode and index its task."""
        known = await self.digests.update(recorder=recorder)
        await self.vectors.update(recorder=recorder, number=known)
