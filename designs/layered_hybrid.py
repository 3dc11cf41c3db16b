"""Layered hybrid: kind of task, best plan, action record and lessons, each layer feeding the next.

Mechanism: the task is assigned to a kind by its words; the kind picks the best plan so far; a
record of all actions adds what to prefer and avoid beyond that plan; and for kinds that are not
solved yet, an LLM compares the newest failure with the best attempt and writes lessons. The LLM is
asked rarely, and everything but the lessons works without it.
"""

from __future__ import annotations

import json
import math
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from utils.hire_agent import Agent

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_KINDS = 30
SAME_KIND = 0.5  # word overlap from which two tasks are of one kind
PLAN_STEPS = 20
PLAN_BUDGET = 20_000  # bytes of JSON for one plan
MAX_RECORDED = 500
RECORD_PRIOR = 3.0  # average episodes added to each action's record
RECORD_MARGIN = 0.05
SHOWN_RECORDS = 6  # lines of each kind
MAX_LESSONS = 4
MAX_LESSON = 200  # characters kept of a lesson
LESSON_STEPS = 30
HYBRID_MODEL = "gpt-4o-mini"

LESSON_PROMPT = """You get the record of a failed episode and the best plan known for tasks like it.
Write at most four lessons for the next attempt, one short line each, in the form "prefer: <action>",
"avoid: <action>", "<action> -> <effect>" or, where none of these fits, in plain words. Keep the
given former lessons that still hold."""
LESSON_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"lessons": {"type": "array", "items": {"type": "string"}}},
    "required": ["lessons"],
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


def worth(recorder: Basic_Recorder) -> dict[str, float]:
    """What each action of the episode earned: the reward, 1.0 for raising the score, 0.0 for losing."""
    episode = moves(recorder)
    earned = {move.action: number(recorder.reward) for move in episode}
    if episode and lost(recorder):
        earned[episode[-1].action] = 0.0
    return earned | {move.action: 1.0 for move in episode if move.gain > 0}


def overlap(left: Iterable[str], right: Iterable[str]) -> float:
    """Jaccard similarity of two word lists, in [0, 1]."""
    one, two = set(left), set(right)
    return len(one & two) / len(one | two) if one or two else 0.0


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


class TaskKindLayer(Sub_memo_layer):
    """Kinds of tasks, each known by the words of its first member."""

    def __init__(self) -> None:
        self.kinds: OrderedDict[int, list[str]] = OrderedDict()
        self.count = 0
        super().__init__(layer_intro="Tells kinds of tasks apart.", database=self.kinds)

    async def update(self, **kwargs: Any) -> int:
        """The kind of the recorder's task, founded when there is none yet."""
        kind = await self.retrieve(recorder=kwargs["recorder"])
        if kind is None:
            self.count += 1
            kind = self.count
            self.kinds[kind] = words(situation(kwargs["recorder"]))
        self.kinds.move_to_end(kind)
        if len(self.kinds) > MAX_KINDS:
            self.kinds.popitem(last=False)
        return kind

    async def retrieve(self, **kwargs: Any) -> int | None:
        """The most alike kind, or None when none is alike enough."""
        mentioned = words(situation(kwargs["recorder"]))
        alike = {kind: overlap(known, mentioned) for kind, known in self.kinds.items()}
        nearest = min(alike, key=lambda kind: (-alike[kind], kind), default=None)
        return nearest if nearest is not None and alike[nearest] >= SAME_KIND else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of one episode that changed something, and what it earned."""

    reward: float
    steps: tuple[str, ...]


class PlanLayer(Sub_memo_layer):
    """The best plan of each kind: highest reward, then fewest steps."""

    def __init__(self) -> None:
        self.plans: OrderedDict[int, Plan] = OrderedDict()
        super().__init__(layer_intro="Keeps the best plan of each kind.", database=self.plans)

    async def update(self, **kwargs: Any) -> None:
        """Let the recorder's episode compete for the plan of `kind`."""
        recorder: Basic_Recorder = kwargs["recorder"]
        telling = [move.line() for move in moves(recorder) if move.outcome or move.gain > 0]
        steps = tuple(within(telling[-PLAN_STEPS:], PLAN_BUDGET))
        plan = Plan(reward=round(number(recorder.reward), 3), steps=steps)
        known = self.plans.get(kwargs["kind"])
        better = known is None or (plan.reward, -len(plan.steps)) > (
            known.reward,
            -len(known.steps),
        )
        if plan.steps and better:
            self.plans[kwargs["kind"]] = plan
        if len(self.plans) > MAX_KINDS:
            self.plans.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> Plan | None:
        """The plan of `kind`, if it has one that earned anything."""
        plan = self.plans.get(kwargs["kind"])
        return plan if plan and plan.reward > 0 else None


class RecordLayer(Sub_memo_layer):
    """What each action earned over all kinds."""

    def __init__(self) -> None:
        self.records: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self.episodes = 0
        self.earned = 0.0
        super().__init__(
            layer_intro="Knows what actions are worth in general.", database=self.records
        )

    async def update(self, **kwargs: Any) -> None:
        """Add the recorder's episode; the longest unused actions are forgotten."""
        recorder: Basic_Recorder = kwargs["recorder"]
        self.episodes += 1
        self.earned += number(recorder.reward)
        for action, value in worth(recorder).items():
            tries, total = self.records.pop(action, (0, 0.0))
            self.records[action] = (tries + 1, total + value)
        while len(self.records) > MAX_RECORDED:
            self.records.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """Actions clearly above and below the average that `plan` does not show already."""
        plan: Plan | None = kwargs["plan"]
        planned = {step.partition(" -> ")[0] for step in plan.steps} if plan else set()
        average = self.earned / self.episodes if self.episodes else 0.0
        lifts = {
            action: round((total - tries * average) / (tries + RECORD_PRIOR), 9)
            for action, (tries, total) in self.records.items()
            if action not in planned
        }
        ranked = sorted(lifts, key=lambda action: (-abs(lifts[action]), action))
        good = [f"prefer: {action}" for action in ranked if lifts[action] >= RECORD_MARGIN]
        bad = [f"avoid: {action}" for action in ranked if lifts[action] <= -RECORD_MARGIN]
        return good[:SHOWN_RECORDS] + bad[:SHOWN_RECORDS]


class LessonLayer(Sub_memo_layer):
    """Lessons for kinds that are not solved yet, written by an LLM."""

    def __init__(self) -> None:
        self.agent = Agent(LESSON_PROMPT, output_schema=LESSON_SCHEMA, model=HYBRID_MODEL)
        self.lessons: OrderedDict[int, list[str]] = OrderedDict()
        super().__init__(
            layer_intro="Learns from failures within a kind of task.", database=self.lessons
        )

    async def update(self, **kwargs: Any) -> None:
        """Rewrite the lessons of `kind` after a failure; a useless reply keeps the old ones."""
        recorder, kind, plan = kwargs["recorder"], kwargs["kind"], kwargs["plan"]
        if won(recorder) or not recorder.steps:
            return
        best = "\n".join(plan.steps) if plan else "(none)"
        former = "\n".join(self.lessons.get(kind, [])) or "(none)"
        record = transcript(recorder, LESSON_STEPS)
        prompt = f"{record}\n\nBest plan known:\n{best}\n\nFormer lessons:\n{former}"
        reply = await consult(self.agent, prompt)
        lessons = texts(reply.get("lessons"), MAX_LESSONS, MAX_LESSON)
        if lessons:
            self.lessons[kind] = lessons
        if len(self.lessons) > MAX_KINDS:
            self.lessons.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """The lessons of `kind` that `known` does not contain."""
        return [
            line for line in self.lessons.get(kwargs["kind"], []) if line not in kwargs["known"]
        ]


class LayeredHybrid(MemoStructure):
    """Chains kind to plan, plan to record, and all three to the lessons."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds = TaskKindLayer()
        self.plans = PlanLayer()
        self.records = RecordLayer()
        self.lessons = LessonLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Lessons, advice and plan, without saying anything twice."""
        kind = await self.kinds.retrieve(recorder=recorder)
        plan = await self.plans.retrieve(kind=kind)
        advice = await self.records.retrieve(plan=plan)
        lessons = await self.lessons.retrieve(kind=kind, known=advice)
        answer: dict[str, Any] = {"lessons": lessons, "advice": advice}
        if plan:
            answer["plan_that_worked"] = {"reward": plan.reward, "steps": list(plan.steps)}
        return {name: content for name, content in answer.items() if content}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Teach every layer, each with what the layers before it found."""
        kind = await self.kinds.update(recorder=recorder)
        await self.plans.update(recorder=recorder, kind=kind)
        await self.records.update(recorder=recorder)
        plan = await self.plans.retrieve(kind=kind)
        await self.lessons.update(recorder=recorder, kind=kind, plan=plan)
