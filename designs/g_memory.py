"""G-Memory: a graph of tasks, the interactions on each, and scored insights drawn from both.

Source: the G-Memory idea (query graph, interaction graph and insight graph, traversed upward for
rules and downward for examples), in the reading of ALMA (arXiv 2602.07755).
Corrected: only solved episodes are shown as examples to follow, and failed ones are shown as such
instead of being dropped; an insight is credited with the episodes that were shown it, not with those
of whichever retrieval ran last; alike insights are really merged, pair by pair; prompts name no
benchmark; and a useless reply changes nothing.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
from utils.hire_agent import Agent, Embedding

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_TASKS = 150
EDGE_FROM = 0.7  # cosine from which two tasks are neighbours
KEPT_STEPS = 16  # condensed steps kept of an episode
SHOWN_INSIGHTS = 3
MAX_INSIGHTS = 10
MAX_INSIGHT = 240  # characters kept of an insight
MAX_SUPPORT = 40  # tasks remembered as the origin of an insight
REFINE_EVERY = 5  # episodes between two refinements of the insights
MERGE_EVERY = 20  # episodes between two mergers of alike insights
START_SCORE, CREDIT, BLAME = 2, 1, -2
G_MEMORY_MODEL = "gpt-4o-mini"

REFINE_PROMPT = """You keep a short numbered list of insights for an agent that solves many tasks of
one family. You get the list and some finished episodes. Compare what worked with what did not and
reply with operations on the list: ADD a new general insight, EDIT the one at `index`, REMOVE it when
it is refuted, AGREE with it when it is confirmed. Insights are one line each; write one about a
single action as "prefer: <action>" or "avoid: <action>"."""
MERGE_PROMPT = "Merge these insights into one line that keeps what they have in common."
REASON_PROMPT = "In one sentence: what mistake made this episode fail, and what would avoid it?"
OPERATION: dict[str, Any] = {
    "op": {"type": "string", "enum": ["ADD", "EDIT", "REMOVE", "AGREE"]},
    "index": {"type": "integer"},
    "text": {"type": "string"},
}
OPERATIONS: dict[str, Any] = {
    "type": "array",
    "items": {"type": "object", "properties": OPERATION, "required": ["op", "index", "text"]},
}
REFINE_SCHEMA = {
    "type": "object",
    "properties": {"operations": OPERATIONS},
    "required": ["operations"],
}
LINE_SCHEMA = {"type": "object", "properties": {"line": {"type": "string"}}, "required": ["line"]}


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


class TaskGraphLayer(Sub_memo_layer):
    """Tasks as nodes, an edge between any two that are alike."""

    def __init__(self) -> None:
        self.embedding = Embedding()
        self.graph: nx.Graph = nx.Graph()
        self.vectors: dict[int, np.ndarray] = {}
        self.count = 0
        super().__init__(layer_intro="Finds the tasks near a new one.", database=self.graph)

    async def update(self, **kwargs: Any) -> int | None:
        """Add the recorder's task; its number, or None when it cannot be placed."""
        vector = await embed(self.embedding, situation(kwargs["recorder"]))
        if vector is None:
            return None
        self.count += 1
        alike = [task for task, known in self.vectors.items() if cosine(vector, known) >= EDGE_FROM]
        self.vectors[self.count] = vector
        self.graph.add_node(self.count)
        self.graph.add_edges_from((self.count, task) for task in alike)
        if len(self.vectors) > MAX_TASKS:
            oldest = min(self.vectors)
            del self.vectors[oldest]
            self.graph.remove_node(oldest)
        return self.count

    async def retrieve(self, **kwargs: Any) -> list[int]:
        """The two nearest tasks and their neighbours, most similar first, newer before older."""
        if not self.vectors:
            return []
        query = await embed(self.embedding, situation(kwargs["recorder"]))
        if query is None:
            return []
        scores = {task: cosine(query, vector) for task, vector in self.vectors.items()}
        ranked = sorted(scores, key=lambda task: (-scores[task], -task))
        near = set(ranked[:2]).union(*(self.graph.neighbors(task) for task in ranked[:2]))
        return [task for task in ranked if task in near]


def said(value: object) -> str:
    """One line out of a reply; empty when the reply has none to offer."""
    return clip(value, MAX_INSIGHT) if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What happened on one task: the steps that changed something, and why it failed."""

    solved: bool
    steps: tuple[str, ...]
    reason: str


class InteractionLayer(Sub_memo_layer):
    """The condensed episode of each task."""

    def __init__(self) -> None:
        self.agent = Agent(REASON_PROMPT, output_schema=LINE_SCHEMA, model=G_MEMORY_MODEL)
        self.episodes: OrderedDict[int, Interaction] = OrderedDict()
        super().__init__(layer_intro="Keeps what was done on each task.", database=self.episodes)

    async def update(self, **kwargs: Any) -> None:
        """Store the recorder's episode under `task`."""
        recorder: Basic_Recorder = kwargs["recorder"]
        steps = tuple(move.line() for move in moves(recorder) if move.outcome)[-KEPT_STEPS:]
        solved = won(recorder)
        reply = {} if solved else await consult(self.agent, transcript(recorder, KEPT_STEPS))
        reason = said(reply.get("line"))
        self.episodes[kwargs["task"]] = Interaction(solved=solved, steps=steps, reason=reason)
        if len(self.episodes) > MAX_TASKS:
            self.episodes.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> dict[str, Any]:
        """The first solved and the first failed episode among `tasks`."""
        found = [self.episodes[task] for task in kwargs["tasks"] if task in self.episodes]
        solved = next((episode for episode in found if episode.solved), None)
        failed = next((episode for episode in found if not episode.solved), None)
        answer: dict[str, Any] = {}
        if solved:
            answer["solved_example"] = list(solved.steps)
        if failed:
            answer["failed_example"] = {
                "steps": list(failed.steps[-6:]),
                "why_it_failed": failed.reason,
            }
        return answer


@dataclass(slots=True, kw_only=True)
class Insight:
    """One rule, how well it has done, and the tasks it came from."""

    text: str
    score: int = START_SCORE
    tasks: deque[int] = field(default_factory=lambda: deque(maxlen=MAX_SUPPORT))


class InsightLayer(Sub_memo_layer):
    """The scored insights; an insight without score left is dropped."""

    def __init__(self) -> None:
        self.embedding = Embedding()
        self.editor = Agent(REFINE_PROMPT, output_schema=REFINE_SCHEMA, model=G_MEMORY_MODEL)
        self.merger = Agent(MERGE_PROMPT, output_schema=LINE_SCHEMA, model=G_MEMORY_MODEL)
        self.insights: list[Insight] = []
        self.recent: deque[tuple[int, str]] = deque(maxlen=REFINE_EVERY)
        self.seen_episodes = 0
        super().__init__(layer_intro="Keeps general insights and their scores.")

    async def update(self, **kwargs: Any) -> None:
        """Credit the insights that were shown, then refine and merge when their time has come."""
        recorder: Basic_Recorder = kwargs["recorder"]
        self.credit(recorder)
        self.recent.append((kwargs["task"], transcript(recorder, KEPT_STEPS)))
        self.seen_episodes += 1
        if self.seen_episodes % REFINE_EVERY == 0:
            await self.refine()
        if self.seen_episodes % MERGE_EVERY == 0:
            await self.merge()
        self.insights = [insight for insight in self.insights if insight.score > 0]
        self.database = self.insights

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """The insights drawn from most of `tasks`; of these, the best scored."""
        near = set(kwargs["tasks"])
        ranked = sorted(
            self.insights, key=lambda i: (-len(near.intersection(i.tasks)), -i.score, i.text)
        )
        return [insight.text for insight in ranked[:SHOWN_INSIGHTS]]

    def credit(self, recorder: Basic_Recorder) -> None:
        """Move the score of each insight that this very episode was shown."""
        shown = recorder.memory_retrieved.get("insights")
        for insight in self.insights:
            if isinstance(shown, list) and insight.text in shown:
                insight.score += CREDIT if won(recorder) else BLAME

    async def refine(self) -> None:
        """Let the editor revise the list in the light of the recent episodes."""
        listed = "\n".join(
            f"{index}. {insight.text}" for index, insight in enumerate(self.insights)
        )
        episodes = "\n\n".join(record for _, record in self.recent)
        reply = await consult(
            self.editor, f"Insights:\n{listed or '(none)'}\n\nEpisodes:\n{episodes}"
        )
        operations = reply.get("operations")
        # Indices refer to the list as it was shown, so additions go behind it.
        shown = list(self.insights)
        for operation in operations[:MAX_INSIGHTS] if isinstance(operations, list) else []:
            if isinstance(operation, dict):
                self.apply(operation, shown)
        self.insights = sorted(self.insights, key=lambda insight: -insight.score)[:MAX_INSIGHTS]

    def apply(self, operation: dict[str, Any], shown: list[Insight]) -> None:
        """Carry out one operation; one that makes no sense is ignored."""
        op, index, text = operation.get("op"), operation.get("index"), said(operation.get("text"))
        tasks = [task for task, _ in self.recent]
        if op == "ADD" and text and all(text != insight.text for insight in self.insights):
            self.insights.append(Insight(text=text, tasks=deque(tasks, maxlen=MAX_SUPPORT)))
        elif isinstance(index, int) and 0 <= index < len(shown):
            insight = shown[index]
            if op == "REMOVE":
                insight.score -= 1
            elif op == "AGREE" or (op == "EDIT" and text):
                insight.text = text if op == "EDIT" else insight.text
                insight.score += 1
                insight.tasks.extend(tasks)

    async def merge(self) -> None:
        """Replace the two most alike insights by one line that says both."""
        vectors = [
            (insight, await embed(self.embedding, insight.text)) for insight in self.insights
        ]
        pairs = [
            (cosine(one, two), first, second)
            for (first, one), (second, two) in combinations(vectors, 2)
            if one is not None and two is not None
        ]
        score, first, second = max(pairs, key=lambda pair: pair[0], default=(0.0, None, None))
        if first is None or second is None or score < EDGE_FROM:
            return
        text = said((await consult(self.merger, f"{first.text}\n{second.text}")).get("line"))
        if text:
            first.text, first.score = text, max(first.score, second.score)
            first.tasks.extend(second.tasks)
            self.insights.remove(second)


class GMemory(MemoStructure):
    """Chains the three graphs: near tasks lead to examples and to the insights drawn from them."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks = TaskGraphLayer()
        self.interactions = InteractionLayer()
        self.insights = InsightLayer()
        self.turn = asyncio.Lock()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Insights, one solved and one failed example from the neighbourhood of the task."""
        near = await self.tasks.retrieve(recorder=recorder)
        insights = await self.insights.retrieve(tasks=near)
        examples = await self.interactions.retrieve(tasks=near)
        return {"insights": insights, **examples} if insights else examples

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Place the task, store the episode, revise the insights; one episode at a time."""
        async with self.turn:
            task = await self.tasks.update(recorder=recorder)
            if task is not None:
                await self.interactions.update(recorder=recorder, task=task)
                await self.insights.update(recorder=recorder, task=task)
