"""ReasoningBank: distil each episode into a few strategy items and recall those of the nearest task.

Source: the ReasoningBank idea (memory items of title, description and content, learned from
successes and failures alike), in the reading of ALMA (arXiv 2602.07755).
Corrected: the prompts no longer speak of web navigation; an item says when to use it and when not;
tasks are embedded once; the nearest task counts without a similarity cutoff, as in the original;
the bank is bounded; a failed or malformed distillation leaves the bank as it was.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from utils.hire_agent import Agent, Embedding

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_BANK = 200  # episodes whose items are kept
MAX_ITEMS = 3  # items distilled from one episode
MAX_CONTENT = 300  # characters kept of an item's content
PROMPT_STEPS = 60  # steps of an episode shown to the distiller
DISTILLED_MODEL = "gpt-4o-mini"

ITEM_FORM = """
Reply with at most three items. Each has a title (a few words), a description (one sentence: when to
use it and when not) and a content of one to three sentences that another task of the same kind can
use; name no detail that only this episode had. Where one action is the point, write the content as
"prefer: <action>" or "avoid: <action>"."""
SUCCESS_PROMPT = (
    "You study the record of an agent that solved its task. Say why it worked." + ITEM_FORM
)
FAILURE_PROMPT = (
    "You study the record of an agent that failed its task. Say what to do instead." + ITEM_FORM
)
ITEM_FIELDS = ("title", "description", "content")
ITEMS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "description": {"type": "string"},
                    "content": {"type": "string"},
                },
                "required": ["title", "description", "content"],
            },
        },
    },
    "required": ["items"],
}


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


async def consult(agent: Agent, prompt: str) -> dict[str, Any]:
    """The agent's JSON reply; empty when the service is down or the reply missed its schema."""
    try:
        reply = await agent.ask(prompt)
    except Exception:  # what an outage raises is not part of the contract
        return {}
    return reply if isinstance(reply, dict) and "error" not in reply else {}


def transcript(recorder: Basic_Recorder, count: int) -> str:
    """The task, the last `count` moves and the reward, as the text of a prompt."""
    steps = "\n".join(move.line() for move in moves(recorder)[-count:])
    return f"Task:\n{situation(recorder)}\n\nSteps:\n{steps}\n\nReward: {number(recorder.reward):.2f} of 1.00"


def strategy_items(reply: dict[str, Any]) -> list[dict[str, str]]:
    """The well-formed items of a distiller's reply."""
    raw = reply.get("items")
    items: list[dict[str, str]] = []
    for entry in raw if isinstance(raw, list) else []:
        if isinstance(entry, dict) and all(
            isinstance(entry.get(name), str) for name in ITEM_FIELDS
        ):
            items.append({name: clip(entry[name], MAX_CONTENT) for name in ITEM_FIELDS})
    return [item for item in items if item["content"]][:MAX_ITEMS]


class DistillerLayer(Sub_memo_layer):
    """Turns one episode into strategy items; keeps nothing itself."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Says in general terms why an episode went as it did.")
        self.on_success = Agent(SUCCESS_PROMPT, output_schema=ITEMS_SCHEMA, model=DISTILLED_MODEL)
        self.on_failure = Agent(FAILURE_PROMPT, output_schema=ITEMS_SCHEMA, model=DISTILLED_MODEL)

    async def update(self, **kwargs: Any) -> list[dict[str, str]]:
        """The items of the recorder's episode; empty when the distiller had nothing usable to say."""
        recorder: Basic_Recorder = kwargs["recorder"]
        agent = self.on_success if won(recorder) else self.on_failure
        return strategy_items(await consult(agent, transcript(recorder, PROMPT_STEPS)))

    async def retrieve(self, **kwargs: Any) -> None:
        """Nothing: this layer works at update time only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankEntry:
    """The items learned from one episode and the vector of its task."""

    vector: np.ndarray
    solved: bool
    items: list[dict[str, str]]


class BankLayer(Sub_memo_layer):
    """The strategy items of past episodes, found by the similarity of their tasks."""

    def __init__(self) -> None:
        self.embedding = Embedding()
        self.entries: deque[BankEntry] = deque(maxlen=MAX_BANK)
        super().__init__(
            layer_intro="Recalls the items of the most similar task.", database=self.entries
        )

    async def update(self, **kwargs: Any) -> None:
        """Add `items` under the recorder's task."""
        recorder: Basic_Recorder = kwargs["recorder"]
        vector = await embed(self.embedding, situation(recorder))
        if vector is not None:
            self.entries.append(
                BankEntry(vector=vector, solved=won(recorder), items=kwargs["items"])
            )

    async def retrieve(self, **kwargs: Any) -> dict[str, Any]:
        """Source and items of the nearest task; of equally near ones, the newest."""
        if not self.entries:
            return {}
        query = await embed(self.embedding, situation(kwargs["recorder"]))
        if query is None:
            return {}
        nearest = max(reversed(self.entries), key=lambda entry: cosine(query, entry.vector))
        source = (
            "a similar task that was solved"
            if nearest.solved
            else "a similar task that was not solved"
        )
        return {"learned_from": source, "items": [dict(item) for item in nearest.items]}


class ReasoningBank(MemoStructure):
    """Chains the distiller (what was learned?) to the bank (for which tasks?)."""

    def __init__(self) -> None:
        super().__init__()
        self.distiller = DistillerLayer()
        self.bank = BankLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Strategy items of the most similar past task; empty on an empty bank."""
        return await self.bank.retrieve(recorder=recorder)

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Distil the episode and, if that gave anything, add it to the bank."""
        items = await self.distiller.update(recorder=recorder)
        if items:
            await self.bank.update(recorder=recorder, items=items)
