"""Dynamic Cheatsheet: one evolving page of advice that a curator rewrites after every episode.

Source: the Dynamic Cheatsheet idea (a cumulative, self-curated memory), in the reading of ALMA
(arXiv 2602.07755).
Corrected: a curator that is down, answers garbage or returns an empty sheet no longer wipes the
sheet; nor does one that throws most of a grown sheet away; the old sheet is read and replaced under
one lock; the sheet has a hard size limit and does not rely on the curator to keep it.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from utils.hire_agent import Agent

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_SHEET_LINES = 80
MAX_SHEET_LINE = 240  # characters kept of a line of the sheet
SHEET_BUDGET = 16_000  # bytes of JSON: about the 2,500 words of the original
COLLAPSE_FROM = 12  # lines from which on a sheet may not shrink to less than a quarter
PROMPT_TAIL = 60  # steps of an episode shown to the curator
CURATOR_MODEL = "gpt-4o-mini"

CURATOR_PROMPT = """You keep the cheatsheet of an agent that solves many tasks of one family. You get
the current sheet and the record of the newest episode. Return the whole new sheet as a list of short
lines: keep what is still right, correct what the episode refutes, merge repetitions, add what is new
and would help on another task. Most useful lines first. Write a line about one action as
"prefer: <action>" or "avoid: <action>", an observed effect as "<action> -> <effect>", anything else
in plain words. Leave out what only this episode had."""
SHEET_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"lines": {"type": "array", "items": {"type": "string"}}},
    "required": ["lines"],
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


def within(lines: Iterable[str], budget: int) -> list[str]:
    """The leading lines that fit into `budget` bytes of JSON."""
    kept: list[str] = []
    for line in lines:
        budget -= len(json.dumps(line)) + 2
        if budget < 0:
            break
        kept.append(line)
    return kept


async def consult(agent: Agent, prompt: str) -> dict[str, Any]:
    """The agent's JSON reply; empty when the service is down or the reply missed its schema."""
    try:
        reply = await agent.ask(prompt)
    except Exception:  # what an outage raises is not part of the contract
        return {}
    return reply if isinstance(reply, dict) and "error" not in reply else {}


def texts(value: object, count: int, limit: int) -> list[str]:
    """At most `count` distinct non-empty lines out of a reply that promised a list of strings."""
    items = value if isinstance(value, list) else []
    lines = (clip(item, limit) for item in items if isinstance(item, str))
    return list(dict.fromkeys(line for line in lines if line))[:count]


def transcript(recorder: Basic_Recorder, count: int) -> str:
    """The task, the last `count` moves and the reward, as the text of a prompt."""
    steps = "\n".join(move.line() for move in moves(recorder)[-count:])
    return f"Task:\n{situation(recorder)}\n\nSteps:\n{steps}\n\nReward: {number(recorder.reward):.2f} of 1.00"


class CuratorLayer(Sub_memo_layer):
    """Proposes the next sheet; keeps nothing itself."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Rewrites the sheet in the light of one more episode.")
        self.agent = Agent(CURATOR_PROMPT, output_schema=SHEET_SCHEMA, model=CURATOR_MODEL)

    async def update(self, **kwargs: Any) -> list[str]:
        """The lines proposed to replace `sheet`; empty when the curator had nothing usable to say."""
        sheet = "\n".join(kwargs["sheet"]) or "(empty)"
        record = transcript(kwargs["recorder"], PROMPT_TAIL)
        reply = await consult(self.agent, f"Current sheet:\n{sheet}\n\nNewest episode:\n{record}")
        return texts(reply.get("lines"), MAX_SHEET_LINES, MAX_SHEET_LINE)

    async def retrieve(self, **kwargs: Any) -> None:
        """Nothing: this layer works at update time only."""


class SheetLayer(Sub_memo_layer):
    """The current sheet, replaced as a whole or not at all."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Holds the one current sheet.")
        self.lines: tuple[str, ...] = ()

    async def update(self, **kwargs: Any) -> None:
        """Adopt `proposal`, unless it is empty or loses most of what a grown sheet held."""
        proposal = tuple(within(kwargs["proposal"], SHEET_BUDGET))
        collapsed = len(self.lines) >= COLLAPSE_FROM and 4 * len(proposal) < len(self.lines)
        if proposal and not collapsed:
            self.lines = self.database = proposal

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """The lines of the sheet."""
        return list(self.lines)


class DynamicCheatsheet(MemoStructure):
    """Chains the sheet to its curator, one episode at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet = SheetLayer()
        self.curator = CuratorLayer()
        self.turn = asyncio.Lock()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """The whole sheet: the original does not select by task."""
        lines = await self.sheet.retrieve()
        return {"cheatsheet": lines} if lines else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Have the sheet rewritten; two updates at once would each lose the other's lines."""
        async with self.turn:
            sheet = await self.sheet.retrieve()
            proposal = await self.curator.update(recorder=recorder, sheet=sheet)
            await self.sheet.update(proposal=proposal)
