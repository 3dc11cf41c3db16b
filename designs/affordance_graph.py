"""Affordance graph: which verbs work on which things, learned from how the world answered.

Mechanism: a directed graph verb -> thing whose edges count tries, effects and score gains. Whether an
answer was a refusal is learned too: a reply that many different verbs get says nothing about any.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import networkx as nx

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_REPLIES = 800
GENERIC_FROM = 3  # different verbs that must have got a reply before it counts as a stock reply
MAX_AFFORDANCES = 600
MAX_REPLIES_PER_EDGE = 3
SHOWN_AFFORDANCES = 8  # lines of each kind that are shown
STANDALONE = ""  # the thing of an action that has none, as in "look"


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


class StockReplyLayer(Sub_memo_layer):
    """Replies such as "nothing happens", known by the many different verbs that get them."""

    def __init__(self) -> None:
        self.verbs: OrderedDict[str, list[str]] = OrderedDict()
        super().__init__(layer_intro="Tells stock replies from real effects.", database=self.verbs)

    async def update(self, **kwargs: Any) -> None:
        """Note which verbs got which replies in the recorder's episode."""
        for move in moves(kwargs["recorder"]):
            known = self.verbs.setdefault(move.outcome, [])
            verb = move.action.split(maxsplit=1)[0]
            if verb not in known and len(known) < GENERIC_FROM:
                known.append(verb)
            if len(self.verbs) > MAX_REPLIES:
                self.verbs.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> frozenset[str]:
        """All replies that carry no news; the empty one is always among them."""
        stock = (reply for reply, verbs in self.verbs.items() if len(verbs) >= GENERIC_FROM)
        return frozenset(["", *stock])


class AffordanceLayer(Sub_memo_layer):
    """The graph of verbs and things, one edge per distinct action."""

    def __init__(self) -> None:
        self.graph: nx.DiGraph = nx.DiGraph()
        super().__init__(
            layer_intro="Remembers what each verb does to each thing.", database=self.graph
        )

    async def update(self, **kwargs: Any) -> None:
        """Count the tries, replies and gains of the recorder's actions."""
        for move in moves(kwargs["recorder"]):
            verb, _, thing = move.action.partition(" ")
            edge = self.edge(f"verb {verb}", f"thing {thing or STANDALONE}", move.action)
            edge["tries"] += 1
            edge["gain"] += move.gain
            replies: dict[str, int] = edge["replies"]
            if move.outcome in replies or len(replies) < MAX_REPLIES_PER_EDGE:
                replies[move.outcome] = replies.get(move.outcome, 0) + 1

    def edge(self, verb: str, thing: str, action: str) -> dict[str, Any]:
        """The edge of an action, made if new; the least telling edge gives way when there are too many."""
        if not self.graph.has_edge(verb, thing):
            if self.graph.number_of_edges() >= MAX_AFFORDANCES:
                weakest = min(self.graph.edges, key=lambda key: self.weight(*key))
                self.graph.remove_edge(*weakest)
                self.graph.remove_nodes_from(
                    [node for node in weakest if self.graph.degree(node) == 0]
                )
            self.graph.add_edge(verb, thing, action=action, tries=0, gain=0.0, replies={})
        attributes: dict[str, Any] = self.graph.edges[verb, thing]
        return attributes

    def weight(self, verb: str, thing: str) -> tuple[float, int, str]:
        """How much an edge is worth keeping."""
        edge = self.graph.edges[verb, thing]
        return edge["gain"], edge["tries"], edge["action"]

    async def retrieve(self, **kwargs: Any) -> dict[str, list[str]]:
        """Actions worth preferring, avoiding and knowing, those about things in sight first."""
        stock: frozenset[str] = kwargs["stock"]
        in_sight = set(words(situation(kwargs["recorder"])))
        prefer: list[tuple[float, str]] = []
        avoid: list[tuple[float, str]] = []
        known: list[tuple[float, str]] = []
        for _, _, edge in self.graph.edges(data=True):
            action, tries = edge["action"], edge["tries"]
            effects = {reply: n for reply, n in edge["replies"].items() if reply not in stock}
            relevance = float(len(in_sight.intersection(words(action))))
            if edge["gain"] > 0:
                prefer.append((relevance + edge["gain"] / tries, f"prefer: {action}"))
            if not effects and not edge["gain"] and tries >= 2:
                avoid.append((relevance + math.log(tries), f"avoid: {action}"))
            elif effects:
                effect = min(effects, key=lambda reply: (-effects[reply], reply))
                known.append((relevance + math.log1p(tries) / 10, f"{action} -> {effect}"))
        return {"advice": best(prefer) + best(avoid), "effects": best(known)}


def best(scored: list[tuple[float, str]]) -> list[str]:
    """The highest scored lines; ties in alphabetical order."""
    return [
        line for _, line in sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:SHOWN_AFFORDANCES]
    ]


class AffordanceGraph(MemoStructure):
    """Chains the stock replies (what is no effect?) to the graph (what has which effect?)."""

    def __init__(self) -> None:
        super().__init__()
        self.replies = StockReplyLayer()
        self.affordances = AffordanceLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Advice and known effects; empty sections are left out."""
        stock = await self.replies.retrieve()
        found = await self.affordances.retrieve(recorder=recorder, stock=stock)
        return {section: lines for section, lines in found.items() if lines}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Teach both layers the episode."""
        await self.replies.update(recorder=recorder)
        await self.affordances.update(recorder=recorder)
