"""Trajectory retrieval: show the agent the past episodes whose tasks look most like this one.

Source: nearest-neighbour retrieval of whole trajectories, the "Trajectory Retrieval" baseline of
ALMA (arXiv 2602.07755).
Corrected: an empty memory, or no episode above the cutoff, is an empty answer instead of a
`KeyError`; an embedding outage is not mistaken for one; each task is embedded once, when it is
stored, instead of all of them at every call; the store is bounded; a failed attempt no longer
overwrites a better attempt at the same task; what is asked counts as much as how the place looks,
whose description is much longer; and the few nearest are shown, for one alone may be a stray.
"""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from utils.hire_agent import Embedding

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_TASK = 12  # lines of a task that are shown
MAX_EPISODES = 200
SHOWN_EPISODES = 3
CUTOFF = 0.3  # cosine below which two tasks count as unrelated
STEPS_BUDGET = 8_000  # bytes of JSON for the steps of one episode


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
    lost: bool

    def line(self) -> str:
        """The step as `action -> outcome`."""
        end = "; score went up" if self.gain > 0 else "; game lost" if self.lost else ""
        return f"{self.action} -> {self.outcome or 'nothing new'}{end}"


def moves(recorder: Basic_Recorder) -> list[Move]:
    """The episode's actions, each with the first line it added to what the agent sees."""
    known, best = set(seen(recorder.init).splitlines()), 0.0
    result: list[Move] = []
    for step in recorder.steps:
        lines, score = seen(step).splitlines(), number(step.get("scores"))
        fresh = next((line for line in lines if line.strip() and line not in known), "")
        # Some domains report a running total and some a reward per step: only a new best is a gain.
        gain, best = max(0.0, score - best), max(best, score)
        action = command(step)
        # An episode that is over short of the full reward is lost; one out of steps is not.
        lost = bool(step.get("dones")) and number(recorder.reward) < 1
        if action:
            result.append(Move(action=action, outcome=clip(fresh, MAX_LINE), gain=gain, lost=lost))
        known = set(lines)
    return result


def within(lines: Iterable[str], budget: int) -> list[str]:
    """The leading lines that fit into `budget` bytes of JSON."""
    kept: list[str] = []
    for line in lines:
        budget -= len(json.dumps(line)) + 2
        if budget < 0:
            break
        kept.append(line)
    return kept


async def embed(embedding: Embedding, text: str) -> np.ndarray | None:
    """The text's unit vector; None when the service is down or sends no usable numbers."""
    try:
        vector = np.asarray(
            await embedding.get_embedding(text.strip()[:MAX_TEXT] or "nothing"), dtype=float
        )
    except Exception:  # what an outage raises is not part of the contract
        return None
    length = float(np.linalg.norm(vector)) if vector.ndim == 1 else 0.0
    return vector / length if length > 0 and math.isfinite(length) else None


def cosine(left: np.ndarray, right: np.ndarray) -> float:
    """Similarity of two unit vectors; -1 when their lengths differ."""
    return float(left @ right) if left.shape == right.shape else -1.0


class TaskIndexLayer(Sub_memo_layer):
    """Unit vectors of the tasks met so far, each embedded once: of the goal and of the opening."""

    def __init__(self) -> None:
        self.embedding = Embedding()
        self.vectors: OrderedDict[str, list[np.ndarray]] = OrderedDict()
        super().__init__(
            layer_intro="Finds the known tasks most similar to a new one.", database=self.vectors
        )

    async def update(self, **kwargs: Any) -> bool:
        """Index the recorder's task; False when it has no vector and so could never be found."""
        task = situation(kwargs["recorder"])
        if task not in self.vectors:
            vectors = await self.embedded(kwargs["recorder"])
            if not vectors:
                return False
            self.vectors[task] = vectors
        if len(self.vectors) > MAX_EPISODES:
            self.vectors.popitem(last=False)
        return True

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """The most similar known tasks, best first; none when nothing passes the cutoff."""
        query = await self.embedded(kwargs["recorder"]) if self.vectors else []
        scores = {
            task: sum(map(cosine, query, vectors)) / len(query)
            for task, vectors in self.vectors.items()
            if query and len(query) == len(vectors)
        }
        near = sorted((task for task in scores if scores[task] > CUTOFF), reverse=True)
        return sorted(near, key=lambda task: -scores[task])[:SHOWN_EPISODES]

    async def embedded(self, recorder: Basic_Recorder) -> list[np.ndarray]:
        """Vectors of the goal, where the domain tells it apart, and of the opening observation."""
        goal = str(recorder.init.get("goal") or "")[:MAX_TEXT].strip()
        found = [await embed(self.embedding, text) for text in (goal, seen(recorder.init)) if text]
        vectors = [vector for vector in found if vector is not None]
        return vectors if len(vectors) == len(found) else []


class TrajectoryLayer(Sub_memo_layer):
    """The best attempt at each task, as lines an agent can read."""

    def __init__(self) -> None:
        self.attempts: OrderedDict[str, dict[str, Any]] = OrderedDict()
        super().__init__(
            layer_intro="Keeps the best attempt at each known task.", database=self.attempts
        )

    async def update(self, **kwargs: Any) -> None:
        """Store the episode unless the same task already has a better one."""
        recorder: Basic_Recorder = kwargs["recorder"]
        task, reward = situation(recorder), number(recorder.reward)
        known = self.attempts.get(task)
        if known and known["reward"] > reward:
            return
        # The end of an episode tells how it was decided, so an overlong one loses its beginning.
        newest_first = within((move.line() for move in reversed(moves(recorder))), STEPS_BUDGET)
        self.attempts[task] = {"reward": round(reward, 3), "steps": newest_first[::-1]}
        if len(self.attempts) > MAX_EPISODES:
            self.attempts.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> dict[str, Any]:
        """The attempt at the task named `task`; empty when there is none."""
        attempt = self.attempts.get(kwargs["task"])
        if attempt is None:
            return {}
        # With its lines: what stands apart in a task is told apart.
        start = "\n".join(clip(line, MAX_LINE) for line in kwargs["task"].splitlines()[:MAX_TASK])
        return {"task": start, "reward": attempt["reward"], "steps": list(attempt["steps"])}


class TrajectoryRetrieval(MemoStructure):
    """Chains the index (which tasks?) to the store (what was done there?)."""

    def __init__(self) -> None:
        super().__init__()
        self.index = TaskIndexLayer()
        self.trajectories = TrajectoryLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """The most similar past episodes, or nothing when none is similar enough."""
        tasks = await self.index.retrieve(recorder=recorder)
        episodes = [await self.trajectories.retrieve(task=task) for task in tasks]
        episodes = [episode for episode in episodes if episode]
        return {"similar_past_episodes": episodes} if episodes else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Store the episode under its task, once the task can be found again."""
        if await self.index.update(recorder=recorder):
            await self.trajectories.update(recorder=recorder)
