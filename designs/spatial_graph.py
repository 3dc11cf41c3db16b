"""Spatial graph: where things were found, and how to get from place to place.

Mechanism: every step is put at a place (a room heading, or the target of "go to ..."). One layer
learns which words turn up at which place, the other is a directed graph of moves; what the goal names
picks the places, and the graph gives the way there. Maps that differ between episodes blur into
uncertain edges, which are not used, while habits such as "apples are in kitchens" remain.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import networkx as nx

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_PLACES = 150
MAX_WORDS_PER_PLACE = 80
MAX_VOCABULARY = 300
MAX_WAYS = 800  # edges of the map
SURE_FROM = 0.6  # share of agreeing walks from which on a way is trusted
SHOWN_FINDS = 12
SHOWN_WAY = 6  # moves shown of the way to a place
START = "the start"
GO_TO = "go to "


def clip(value: object, limit: int) -> str:
    """The start of a text as one line of at most `limit` characters."""
    return " ".join(str(value)[: 4 * limit].split())[:limit].rstrip()


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
class Visit:
    """One step of a walk: the action, the place before it, the place after it, and what was seen."""

    action: str
    origin: str
    place: str
    text: str


def heading(text: str) -> str:
    """The room title in a text such as "-= Kitchen =-"; empty when there is none."""
    match = re.search(r"-=\s*([^=\n]{1,60}?)\s*=-", text)
    return clip(match[1], MAX_ACTION).lower() if match else ""


def walk(recorder: Basic_Recorder) -> list[Visit]:
    """The episode as a walk between places."""
    text = seen(recorder.init)
    place = heading(text) or START
    visits: list[Visit] = []
    for step in recorder.steps:
        action, previous, text = command(step), text, seen(step)
        target = re.fullmatch(r"\w+ to (.+)", action)
        # A refused "go to ..." shows what was seen before, or next to nothing.
        arrived = target is not None and text != previous and target[1] in text.lower()
        after = heading(text) or (target[1] if target and arrived else place)
        visits.append(Visit(action=action, origin=place, place=after, text=text))
        place = after
    return visits


def reach(visit: Visit) -> str:
    """What to do in order to be where the visit ended."""
    return visit.action if visit.place == START else f"{GO_TO}{visit.place}"


class FindingLayer(Sub_memo_layer):
    """Which of the words that matter were seen at which place."""

    def __init__(self) -> None:
        self.places: OrderedDict[str, Counter[str]] = OrderedDict()
        self.stays: Counter[str] = Counter()
        self.vocabulary: Counter[str] = Counter()
        super().__init__(layer_intro="Remembers what is found where.", database=self.places)

    async def update(self, **kwargs: Any) -> None:
        """Count, once per episode, the words seen after reaching each place."""
        recorder: Basic_Recorder = kwargs["recorder"]
        found: dict[str, dict[str, None]] = {}
        before = words(seen(recorder.init))
        visits = walk(recorder)
        nameless = all(visit.place == START for visit in visits)
        for visit in visits:
            now = words(visit.text)
            # Where no place has a name, what an action brought into view is all there is to learn.
            news = [word for word in now if word not in before] if nameless else now
            if nameless or visit.place != START:
                found.setdefault(reach(visit), {}).update(dict.fromkeys(news))
            # A word matters when somebody acts on it: the verb itself does not count.
            self.vocabulary.update(words(visit.action.partition(" ")[2]))
            before = now
        for way, things in found.items():
            self.count(way, list(things))
        self.vocabulary = Counter(dict(self.vocabulary.most_common(MAX_VOCABULARY)))

    def count(self, way: str, things: list[str]) -> None:
        """Add one stay; the place known longest gives way when there are too many."""
        counts = self.places.setdefault(way, Counter())
        counts.update(things)
        self.stays[way] += 1
        self.places[way] = Counter(dict(counts.most_common(MAX_WORDS_PER_PLACE)))
        if len(self.places) > MAX_PLACES:
            oldest, _ = self.places.popitem(last=False)
            del self.stays[oldest]

    async def retrieve(self, **kwargs: Any) -> list[tuple[str, str]]:
        """Pairs (way, thing), best first: things of the current task, then things found reliably."""
        wanted = set(words(situation(kwargs["recorder"])))
        usual, place_words = self.usual(), set(words(" ".join(self.places)))
        named = any(way.startswith(GO_TO) for way in self.places)
        scored: list[tuple[bool, float, str, str]] = []
        for way, counts in self.places.items():
            if named and not way.startswith(GO_TO):
                continue
            for thing, times in counts.items():
                if (thing in self.vocabulary or not named) and thing not in place_words:
                    reliable = (times + 1) / (self.stays[way] + 2)
                    # What is seen everywhere tells nothing about this place, however reliably.
                    telling = times / self.stays[way] / usual[thing]
                    scored.append((thing not in wanted, -round(reliable * telling, 9), way, thing))
        return [(way, thing) for _, _, way, thing in sorted(scored)[:SHOWN_FINDS]]

    def usual(self) -> dict[str, float]:
        """How often each thing is seen at a place of the average kind."""
        shares: dict[str, float] = {}
        for way, counts in self.places.items():
            for thing, times in counts.items():
                shares[thing] = shares.get(thing, 0.0) + times / self.stays[way]
        return {thing: share / len(self.places) for thing, share in shares.items()}


class MapLayer(Sub_memo_layer):
    """A directed graph of places; an edge counts the actions that led from one to the other."""

    def __init__(self) -> None:
        self.graph: nx.DiGraph = nx.DiGraph()
        self.leaving: Counter[tuple[str, str]] = Counter()
        super().__init__(layer_intro="Knows the ways between places.", database=self.graph)

    async def update(self, **kwargs: Any) -> None:
        """Add the moves of the recorder's episode."""
        for visit in walk(kwargs["recorder"]):
            if visit.origin == visit.place or START in (visit.origin, visit.place):
                continue
            self.leaving[visit.origin, visit.action] += 1
            if not self.graph.has_edge(visit.origin, visit.place):
                self.graph.add_edge(visit.origin, visit.place, actions=Counter())
            self.graph.edges[visit.origin, visit.place]["actions"][visit.action] += 1
        while len(self.graph) > MAX_PLACES or self.graph.number_of_edges() > MAX_WAYS:
            self.graph.remove_node(next(iter(self.graph)))
        self.leaving = Counter({key: n for key, n in self.leaving.items() if key[0] in self.graph})

    def trusted(self) -> nx.DiGraph:
        """The part of the map that walks agree on, each edge with its usual action."""
        sure: nx.DiGraph = nx.DiGraph()
        for origin, place, attributes in self.graph.edges(data=True):
            actions: Counter[str] = attributes["actions"]
            action = min(actions, key=lambda name: (-actions[name], name))
            if actions[action] >= SURE_FROM * self.leaving[origin, action]:
                sure.add_edge(origin, place, action=action)
        return sure

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """The way from the opening place to the first of `places` that can be reached."""
        start = heading(seen(kwargs["recorder"].init))
        sure = self.trusted()
        for place in kwargs["places"]:
            if (
                start != place
                and start in sure
                and place in sure
                and nx.has_path(sure, start, place)
            ):
                route = nx.shortest_path(sure, start, place)[: SHOWN_WAY + 1]
                return [f"{sure.edges[a, b]['action']} -> {b}" for a, b in pairwise(route)]
        return []


class SpatialGraph(MemoStructure):
    """Chains the findings (where are the things of this task?) to the map (how to get there?)."""

    def __init__(self) -> None:
        super().__init__()
        self.findings = FindingLayer()
        self.map = MapLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Places of things, and the way to the most promising one."""
        finds = await self.findings.retrieve(recorder=recorder)
        places = list(dict.fromkeys(way.removeprefix(GO_TO) for way, _ in finds))
        route = await self.map.retrieve(recorder=recorder, places=places)
        answer: dict[str, Any] = {}
        if finds:
            answer["found_before"] = [f"{way} -> found {thing}" for way, thing in finds]
        if route:
            answer["way_on_a_similar_map"] = route
        return answer

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Teach both layers the episode."""
        await self.findings.update(recorder=recorder)
        await self.map.update(recorder=recorder)
