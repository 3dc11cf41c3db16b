# honest: a long research-style design: eight layers, graph, vector store, language model, over 1,000 lines
"""
Multi-layer agent memory.

Data flow of an update:

    recorder --> Episode (plain copy, bounded)
                   |--> SignatureLayer     what kind of task was it?
                   |--> TrajectoryLayer    what was done? (vector store)
                   |--> TransitionLayer    what follows what? (graph)
                   |--> EffectLayer        what does an action do to the observation?
                   |--> ProgressLayer      where in an episode does the score move?
                   |--> VocabularyLayer    which words go with success?
                   |--> StrategyLayer      what should one do? (language model, structured)
                   |--> ReflectionLayer    what went wrong? (language model, plain text)

Data flow of a retrieve:

    init --> signature --> neighbouring task groups --> all other layers --> Composer --> dict

The layers never change what a recorder holds. Whatever the language model answers, a layer
only ever adds checked items; a missing or broken answer leaves it as it was.
"""

import asyncio
import hashlib
import json
import logging
import math
import re
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Deque, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

import networkx as nx
import numpy as np
from langchain_chroma import Chroma

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent, Embedding

logger = logging.getLogger(__name__)

# ------------------------------------------------------------------ limits

MAX_ACTION_CHARS = 90
MAX_TEXT_CHARS = 1500
MAX_STEPS = 80
MAX_GROUPS = 40
MAX_TRAJECTORIES = 120
MAX_GRAPH_NODES = 200
MAX_EFFECTS = 250
MAX_WORDS = 600
MAX_STRATEGIES = 60
MAX_REFLECTIONS = 60

WORD_PATTERN = re.compile(r"[^\W\d_]{3,24}")
JSON_BLOCK = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)


# ------------------------------------------------------------------ text helpers


def clip(value: Any, limit: int) -> str:
    """One line of text of at most ``limit`` characters."""
    text = value if isinstance(value, str) else str(value)
    text = " ".join(text[: limit * 3].split())
    if len(text) <= limit:
        return text
    return text[: limit - 1] + "…"


def words_of(text: str, limit: int = 120) -> List[str]:
    """Distinct lower-case words in order of appearance."""
    seen: Dict[str, None] = {}
    for match in WORD_PATTERN.finditer(text[: MAX_TEXT_CHARS * 2]):
        seen[match.group(0).lower()] = None
        if len(seen) >= limit:
            break
    return list(seen)


def digest(text: str) -> str:
    """Stable short name of a text."""
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:10]


def jaccard(a: Iterable[str], b: Iterable[str]) -> float:
    left, right = set(a), set(b)
    if not left or not right:
        return 0.0
    return len(left & right) / len(left | right)


def as_number(value: Any, default: float = 0.0) -> float:
    """Finite float of anything."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return number if math.isfinite(number) else default


def parse_json_answer(answer: Any) -> Dict[str, Any]:
    """The JSON object inside an answer of a language model, {} when there is none."""
    if isinstance(answer, dict):
        return {} if "error" in answer else answer
    if not isinstance(answer, str):
        return {}
    candidates = JSON_BLOCK.findall(answer)
    first, last = answer.find("{"), answer.rfind("}")
    if 0 <= first < last:
        candidates.append(answer[first : last + 1])
    for candidate in candidates:
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    return {}


def string_items(value: Any, limit: int, chars: int) -> List[str]:
    """The usable strings of a list that a language model wrote."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return []
    result: List[str] = []
    for item in value:
        if isinstance(item, str):
            text = clip(item, chars)
            if len(text) >= 3 and text not in result:
                result.append(text)
        if len(result) >= limit:
            break
    return result


# ------------------------------------------------------------------ episode


@dataclass
class Step:
    """One step, copied out of the recorder."""

    action: str
    observation: str
    score: float
    done: bool
    options: List[str] = field(default_factory=list)


@dataclass
class Episode:
    """One episode, copied out of the recorder, bounded in every direction."""

    situation: str
    goal: str
    options: List[str]
    steps: List[Step]
    reward: float
    true_length: int

    @property
    def success(self) -> bool:
        return self.reward >= 1.0

    @property
    def actions(self) -> List[str]:
        return [step.action for step in self.steps]

    @property
    def words(self) -> List[str]:
        return words_of(self.goal + " " + self.situation)

    def transcript(self, limit: int = 18) -> str:
        """A readable text of the episode for a language model."""
        lines = [f"Goal: {self.goal or '(not given)'}", f"Start: {clip(self.situation, 500)}"]
        shown = self.steps if len(self.steps) <= limit else self.steps[: limit // 3] + self.steps[-(limit - limit // 3) :]
        for number, step in enumerate(shown, start=1):
            lines.append(f"{number}. {step.action} => {clip(step.observation, 160)} [{step.score:g}]")
        if len(shown) < self.true_length:
            lines.append(f"({self.true_length - len(shown)} steps left out)")
        lines.append(f"Final reward: {self.reward:.2f}")
        return "\n".join(lines)


class EpisodeReader:
    """Understands the recorder of every domain; reads only."""

    TEXT_KEYS = ("obs", "long_term_context", "short_term_context")

    def situation(self, init: Dict[str, Any]) -> str:
        parts = [clip(init[key], MAX_TEXT_CHARS) for key in self.TEXT_KEYS if init.get(key)]
        return "\n".join(parts)

    def goal(self, init: Dict[str, Any]) -> str:
        return clip(init.get("goal") or "", 300)

    def options(self, holder: Dict[str, Any]) -> List[str]:
        listed = holder.get("actions_list")
        if isinstance(listed, (list, tuple)):
            return [clip(option, MAX_ACTION_CHARS) for option in listed[:40]]
        named = holder.get("action_dict")
        if isinstance(named, dict):
            return [clip(name, MAX_ACTION_CHARS) for name in list(named)[:40]]
        return []

    def action(self, step: Dict[str, Any]) -> str:
        taken = step.get("action_took", "")
        if isinstance(taken, (list, tuple)):
            taken = " ".join(str(part) for part in taken)
        return clip(taken, MAX_ACTION_CHARS)

    def observation(self, step: Dict[str, Any]) -> str:
        for key in ("obs", "short_term_context", "long_term_context"):
            if step.get(key):
                return clip(step[key], 400)
        return ""

    def read(self, recorder: Basic_Recorder) -> Episode:
        steps = []
        for raw in self._selected(recorder.steps):
            steps.append(
                Step(
                    action=self.action(raw),
                    observation=self.observation(raw),
                    score=as_number(raw.get("scores")),
                    done=bool(raw.get("dones")),
                    options=self.options(raw),
                )
            )
        return Episode(
            situation=self.situation(recorder.init),
            goal=self.goal(recorder.init),
            options=self.options(recorder.init),
            steps=steps,
            reward=as_number(recorder.reward),
            true_length=len(recorder.steps),
        )

    @staticmethod
    def _selected(steps: Sequence[Dict[str, Any]]) -> Iterator[Dict[str, Any]]:
        """The first and the last steps of very long episodes."""
        if len(steps) <= MAX_STEPS:
            yield from steps
            return
        half = MAX_STEPS // 2
        yield from steps[:half]
        yield from steps[-half:]


# ------------------------------------------------------------------ layer 1: signatures


@dataclass
class TaskGroup:
    """A cluster of similar tasks, represented by a running mean vector."""

    name: str
    example: str
    centre: np.ndarray
    size: int = 0
    reward_sum: float = 0.0

    @property
    def mean_reward(self) -> float:
        return self.reward_sum / self.size if self.size else 0.0

    def absorb(self, vector: np.ndarray, reward: float) -> None:
        self.size += 1
        self.reward_sum += reward
        self.centre = self.centre + (vector - self.centre) / self.size


class SignatureLayer(Sub_memo_layer):
    """Groups tasks online: a task joins the nearest group or founds a new one."""

    def __init__(self, threshold: float = 0.72):
        super().__init__(layer_intro="Groups tasks by the meaning of their start situation.")
        self.threshold = threshold
        self.embedding = Embedding()
        self.groups: "OrderedDict[str, TaskGroup]" = OrderedDict()
        self.database = self.groups

    async def _vector(self, text: str) -> np.ndarray:
        raw = await self.embedding.get_embedding(text or "(empty)")
        vector = np.asarray(raw, dtype=float)
        norm = float(np.linalg.norm(vector))
        return vector / norm if norm > 0 else vector

    def _nearest(self, vector: np.ndarray) -> List[Tuple[float, str]]:
        rows = []
        for name, group in self.groups.items():
            norm = float(np.linalg.norm(group.centre))
            similarity = float(group.centre @ vector) / norm if norm > 0 else 0.0
            rows.append((round(similarity, 6), name))
        rows.sort(key=lambda row: (-row[0], row[1]))
        return rows

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        """The nearest groups, best first."""
        if not self.groups:
            return []
        vector = await self._vector(kwargs["text"])
        result = []
        for similarity, name in self._nearest(vector)[: kwargs.get("limit", 3)]:
            group = self.groups[name]
            result.append(
                {
                    "name": name,
                    "similarity": similarity,
                    "mean_reward": round(group.mean_reward, 3),
                    "example": group.example,
                    "size": group.size,
                }
            )
        return result

    async def update(self, **kwargs) -> None:
        await self.assign(kwargs["episode"])

    async def assign(self, episode: Episode) -> str:
        """Puts an episode into a group and returns the name of the group."""
        text = f"{episode.goal}\n{episode.situation}"
        vector = await self._vector(text)
        ranked = self._nearest(vector)
        if ranked and ranked[0][0] >= self.threshold:
            name = ranked[0][1]
        else:
            name = f"group-{digest(text)}"
            self.groups.setdefault(
                name,
                TaskGroup(name=name, example=clip(episode.goal or episode.situation, 160), centre=vector),
            )
        self.groups[name].absorb(vector, episode.reward)
        self.groups.move_to_end(name)
        while len(self.groups) > MAX_GROUPS:
            self.groups.popitem(last=False)
        return name


# ------------------------------------------------------------------ layer 2: trajectories


class TrajectoryLayer(Sub_memo_layer):
    """Whole trajectories in a vector store; successful ones are preferred."""

    def __init__(self):
        super().__init__(layer_intro="Finds trajectories of similar tasks.")
        self.database = Chroma(
            collection_name=f"trajectories-{uuid.uuid4().hex}",
            embedding_function=Embedding(),
        )
        self.order: Deque[Tuple[str, float]] = deque()
        self.serial = 0

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        if not self.order:
            return []
        query = kwargs["text"] or "(empty)"
        documents = self.database.similarity_search_with_score(query, k=min(8, len(self.order)))
        rows = []
        for document, distance in documents:
            data = document.metadata
            rows.append(
                {
                    "distance": round(as_number(distance), 4),
                    "serial": int(data["serial"]),
                    "reward": as_number(data["reward"]),
                    "group": str(data["group"]),
                    "actions": json.loads(data["actions"]),
                }
            )
        preferred = set(kwargs.get("groups", ()))
        rows.sort(
            key=lambda row: (
                row["reward"] < 1.0,
                row["group"] not in preferred,
                row["distance"],
                -row["serial"],
            )
        )
        return [{"reward": row["reward"], "actions": row["actions"]} for row in rows[: kwargs.get("limit", 2)]]

    async def update(self, **kwargs) -> None:
        episode: Episode = kwargs["episode"]
        if not episode.steps:
            return
        self.serial += 1
        ident = f"t{self.serial}"
        self.database.add_texts(
            texts=[f"{episode.goal}\n{episode.situation}".strip() or "(empty)"],
            metadatas=[
                {
                    "actions": json.dumps(self._compress(episode.actions)),
                    "reward": episode.reward,
                    "group": kwargs["group"],
                    "serial": self.serial,
                }
            ],
            ids=[ident],
        )
        self.order.append((ident, episode.reward))
        if len(self.order) > MAX_TRAJECTORIES:
            self._forget_one()

    def _forget_one(self) -> None:
        """Drops the worst of the older half."""
        older = list(self.order)[: len(self.order) // 2]
        victim = min(older, key=lambda row: row[1])
        self.order.remove(victim)
        self.database.delete(ids=[victim[0]])

    @staticmethod
    def _compress(actions: Sequence[str], limit: int = 16) -> List[str]:
        folded: List[str] = []
        repeats = 0
        for position, action in enumerate(actions):
            repeats += 1
            is_last = position + 1 == len(actions)
            if is_last or actions[position + 1] != action:
                folded.append(action if repeats == 1 else f"{action} (repeated {repeats} times)")
                repeats = 0
        if len(folded) > limit:
            middle = f"({len(folded) - limit + 1} more)"
            folded = folded[: limit // 2] + [middle] + folded[-(limit // 2 - 1) :]
        return folded


# ------------------------------------------------------------------ layer 3: transitions


class TransitionLayer(Sub_memo_layer):
    """Directed graph of action shapes; credit flows backwards from the reward."""

    DISCOUNT = 0.93

    def __init__(self):
        super().__init__(layer_intro="Knows which kind of action tends to follow which.")
        self.database = nx.DiGraph()
        self._rank_cache: Optional[Dict[str, float]] = None

    @staticmethod
    def shape(action: str) -> str:
        """The action with numbers replaced, so that knowledge transfers."""
        return re.sub(r"\d+", "#", action)[:60]

    def _ranks(self) -> Dict[str, float]:
        if self._rank_cache is None:
            try:
                ranks = nx.pagerank(self.database, weight="credit", max_iter=200)
            except (nx.PowerIterationFailedConvergence, ZeroDivisionError):
                total = max(1, self.database.number_of_edges())
                ranks = {node: degree / total for node, degree in self.database.degree()}
            self._rank_cache = {node: round(float(rank), 8) for node, rank in ranks.items()}
        return self._rank_cache

    async def retrieve(self, **kwargs) -> Dict[str, Any]:
        graph = self.database
        if graph.number_of_edges() == 0:
            return {}
        ranks = self._ranks()
        offered = {self.shape(option) for option in kwargs.get("options", ())}
        hubs = sorted(ranks, key=lambda node: (node not in offered, -ranks[node], node))[:5]
        chains = [self._chain(hub) for hub in hubs[:3]]
        return {
            "important_actions": hubs,
            "typical_chains": [chain for chain in chains if len(chain) > 1],
        }

    def _chain(self, start: str, limit: int = 5) -> List[str]:
        """Follows the edge of the highest mean credit without visiting a node twice."""
        chain, seen, node = [start], {start}, start
        for _ in range(limit - 1):
            options = [n for n in self.database.successors(node) if n not in seen]
            if not options:
                break
            node = max(options, key=lambda n, at=node: (self._mean_credit(at, n), n))
            chain.append(node)
            seen.add(node)
        return chain

    def _mean_credit(self, source: str, target: str) -> float:
        data = self.database.edges[source, target]
        return round(data["credit"] / data["count"], 8)

    async def update(self, **kwargs) -> None:
        episode: Episode = kwargs["episode"]
        shapes = [self.shape(action) for action in episode.actions if action]
        credit = 0.05 + episode.reward
        for source, target in reversed(list(zip(shapes, shapes[1:]))):
            if self.database.has_edge(source, target):
                edge = self.database.edges[source, target]
                edge["credit"] += credit
                edge["count"] += 1
            else:
                self.database.add_edge(source, target, credit=credit, count=1)
            credit *= self.DISCOUNT
        self._prune()
        self._rank_cache = None

    def _prune(self) -> None:
        surplus = self.database.number_of_nodes() - MAX_GRAPH_NODES
        if surplus <= 0:
            return
        strength = dict(self.database.degree(weight="credit"))
        weakest = sorted(strength, key=lambda node: (strength[node], node))[:surplus]
        self.database.remove_nodes_from(weakest)


# ------------------------------------------------------------------ layer 4: effects


@dataclass
class Effect:
    """What happened to the observation when an action was taken."""

    tried: int = 0
    unchanged: int = 0
    improved: int = 0
    new_words: Counter = field(default_factory=Counter)

    @property
    def useless_share(self) -> float:
        return self.unchanged / self.tried if self.tried else 0.0

    @property
    def useful_share(self) -> float:
        return self.improved / self.tried if self.tried else 0.0


class EffectLayer(Sub_memo_layer):
    """Learns the effects of actions by comparing neighbouring observations."""

    def __init__(self):
        super().__init__(layer_intro="Knows what actions do and which of them do nothing.")
        self.effects: Dict[str, Effect] = {}

    async def retrieve(self, **kwargs) -> Dict[str, List[str]]:
        helpful, pointless = [], []
        for action, effect in self.effects.items():
            if effect.improved >= 1 and effect.useful_share >= 0.3:
                helpful.append((-effect.useful_share, -effect.tried, action))
            elif effect.tried >= 2 and effect.useless_share >= 0.6:
                pointless.append((-effect.useless_share, -effect.tried, action))
        helpful.sort()
        pointless.sort()
        return {
            "raised_the_score": [self._describe(action) for _, _, action in helpful[:4]],
            "changed_nothing": [action for _, _, action in pointless[:4]],
        }

    def _describe(self, action: str) -> str:
        common = sorted(self.effects[action].new_words.items(), key=lambda kv: (-kv[1], kv[0]))[:3]
        if not common:
            return action
        return f"{action} (then one often reads: {', '.join(word for word, _ in common)})"

    async def update(self, **kwargs) -> None:
        episode: Episode = kwargs["episode"]
        before_text, before_score = episode.situation, 0.0
        for step in episode.steps:
            effect = self.effects.pop(step.action, None) or Effect()
            effect.tried += 1
            if step.observation == before_text:
                effect.unchanged += 1
            if step.score > before_score:
                effect.improved += 1
                known = set(words_of(before_text))
                fresh = [word for word in words_of(step.observation, 40) if word not in known]
                effect.new_words.update(fresh[:8])
                self._shrink(effect)
            self.effects[step.action] = effect
            before_text, before_score = step.observation, step.score
        while len(self.effects) > MAX_EFFECTS:
            self.effects.pop(next(iter(self.effects)))

    @staticmethod
    def _shrink(effect: Effect) -> None:
        if len(effect.new_words) > 40:
            kept = sorted(effect.new_words.items(), key=lambda kv: (-kv[1], kv[0]))[:20]
            effect.new_words = Counter(dict(kept))


# ------------------------------------------------------------------ layer 5: progress


class ProgressLayer(Sub_memo_layer):
    """At which relative position of an episode does the score move?"""

    BINS = 5

    def __init__(self):
        super().__init__(layer_intro="Knows how long good episodes take and when they make progress.")
        self.gains = np.zeros(self.BINS)
        self.lengths_won: Deque[int] = deque(maxlen=60)
        self.lengths_lost: Deque[int] = deque(maxlen=60)

    async def retrieve(self, **kwargs) -> Dict[str, Any]:
        result: Dict[str, Any] = {}
        if self.lengths_won:
            result["steps_of_good_episodes"] = {
                "shortest": min(self.lengths_won),
                "typical": int(np.median(self.lengths_won)),
            }
        if self.lengths_lost:
            result["typical_steps_of_bad_episodes"] = int(np.median(self.lengths_lost))
        total = float(self.gains.sum())
        if total > 0:
            strongest = int(self.gains.argmax())
            names = ("at the very start", "early", "in the middle", "late", "at the very end")
            result["progress_comes_mostly"] = names[strongest]
            result["share_of_progress"] = round(float(self.gains[strongest]) / total, 2)
        return result

    async def update(self, **kwargs) -> None:
        episode: Episode = kwargs["episode"]
        if not episode.steps:
            return
        (self.lengths_won if episode.success else self.lengths_lost).append(episode.true_length)
        best = 0.0
        for position, step in enumerate(episode.steps):
            if step.score > best:
                bin_number = min(self.BINS - 1, position * self.BINS // len(episode.steps))
                self.gains[bin_number] += min(1.0, step.score - best)
                best = step.score


# ------------------------------------------------------------------ layer 6: vocabulary


class VocabularyLayer(Sub_memo_layer):
    """Log-odds of words in good against bad episodes, with smoothing."""

    def __init__(self):
        super().__init__(layer_intro="Knows which words of a situation announce success or trouble.")
        self.good: Counter = Counter()
        self.bad: Counter = Counter()
        self.good_total = 0
        self.bad_total = 0

    def log_odds(self, word: str) -> float:
        good = (self.good[word] + 0.5) / (self.good_total + 1.0)
        bad = (self.bad[word] + 0.5) / (self.bad_total + 1.0)
        return math.log(good / bad)

    async def retrieve(self, **kwargs) -> Dict[str, Any]:
        if not self.good_total or not self.bad_total:
            return {}
        words = words_of(kwargs["text"])
        scored = sorted(((round(self.log_odds(word), 6), word) for word in words), key=lambda row: (row[0], row[1]))
        trouble = [word for odds, word in scored[:4] if odds < -0.3]
        promising = [word for odds, word in scored[::-1][:4] if odds > 0.3]
        expectation = math.fsum(odds for odds, _ in scored) / max(1, len(scored))
        return {
            "promising_words": promising,
            "words_of_trouble": trouble,
            "expectation": "good" if expectation > 0.1 else "poor" if expectation < -0.1 else "open",
        }

    async def update(self, **kwargs) -> None:
        episode: Episode = kwargs["episode"]
        if episode.success:
            self.good.update(episode.words)
            self.good_total += 1
        else:
            self.bad.update(episode.words)
            self.bad_total += 1
        for counter in (self.good, self.bad):
            if len(counter) > MAX_WORDS:
                rare = sorted(counter, key=lambda word: (counter[word], word))[: len(counter) - MAX_WORDS]
                for word in rare:
                    del counter[word]


# ------------------------------------------------------------------ layer 7: strategies


@dataclass
class Strategy:
    """An advice with the evidence for it."""

    text: str
    groups: Set[str] = field(default_factory=set)
    support: float = 0.0
    contradictions: float = 0.0
    age: int = 0

    @property
    def strength(self) -> float:
        return round((1.0 + self.support) / (2.0 + self.support + self.contradictions), 6)


class StrategyLayer(Sub_memo_layer):
    """Strategies written by a language model as JSON, merged by similarity."""

    SCHEMA = {
        "strategies": {
            "type": "array",
            "items": {"type": "string"},
            "description": "At most three general strategies that this episode supports",
        },
        "refuted": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Known strategies that this episode speaks against, copied verbatim",
        },
    }

    def __init__(self):
        super().__init__(layer_intro="Holds general strategies with evidence for and against them.")
        self.agent = Agent(
            system_prompt=(
                "You extract strategies from episodes of an agent in a text environment.\n"
                "A strategy is one sentence, generally valid and actionable.\n"
                "You also name known strategies that the episode refutes.\n"
                "Answer only with JSON."
            ),
            output_schema=self.SCHEMA,
        )
        self.strategies: List[Strategy] = []
        self.clock = 0

    def _find(self, text: str, minimum: float = 0.6) -> Optional[Strategy]:
        best, best_similarity = None, minimum
        words = words_of(text)
        for strategy in self.strategies:
            similarity = 1.0 if strategy.text == text else jaccard(words, words_of(strategy.text))
            if similarity >= best_similarity and (best is None or similarity > best_similarity):
                best, best_similarity = strategy, similarity
        return best

    def _ranked(self, groups: Sequence[str]) -> List[Strategy]:
        wanted = set(groups)
        return sorted(
            self.strategies,
            key=lambda s: (not (s.groups & wanted), -s.strength, -s.support, s.text),
        )

    async def retrieve(self, **kwargs) -> List[str]:
        rows = []
        for strategy in self._ranked(kwargs.get("groups", ()))[: kwargs.get("limit", 5)]:
            certainty = "well supported" if strategy.support >= 2 else "tentative"
            rows.append(f"{strategy.text} ({certainty})")
        return rows

    async def update(self, **kwargs) -> None:
        episode: Episode = kwargs["episode"]
        group: str = kwargs["group"]
        if not episode.steps:
            return
        self.clock += 1
        known = [strategy.text for strategy in self._ranked([group])[:6]]
        question = "KNOWN STRATEGIES\n" + "\n".join(f"- {text}" for text in known)
        question += "\n\nEPISODE\n" + episode.transcript()
        try:
            reply = parse_json_answer(await self.agent.ask(question, temperature=0.0))
        except Exception as error:
            logger.warning("no strategies this time: %s", error)
            return
        for text in string_items(reply.get("strategies"), limit=3, chars=220):
            self._support(text, group, episode.reward)
        for text in string_items(reply.get("refuted"), limit=3, chars=220):
            strategy = self._find(text, minimum=0.9)
            if strategy is not None:
                strategy.contradictions += 1.0
        self._forget()

    def _support(self, text: str, group: str, reward: float) -> None:
        strategy = self._find(text)
        if strategy is None:
            strategy = Strategy(text=text)
            self.strategies.append(strategy)
        strategy.support += 0.5 + reward
        strategy.groups.add(group)
        strategy.age = self.clock

    def _forget(self) -> None:
        if len(self.strategies) <= MAX_STRATEGIES:
            return
        ranked = sorted(self.strategies, key=lambda s: (-s.strength, -s.age, s.text))
        self.strategies = ranked[:MAX_STRATEGIES]


# ------------------------------------------------------------------ layer 8: reflections


class ReflectionLayer(Sub_memo_layer):
    """Plain-text reflections on failed episodes, with the last actions as evidence."""

    def __init__(self):
        super().__init__(layer_intro="Remembers why episodes failed.")
        self.agent = Agent(
            "An episode failed. Explain in one or two sentences the most likely cause and how to avoid it. "
            "Plain text, no lists."
        )
        self.reflections: Deque[Dict[str, Any]] = deque(maxlen=MAX_REFLECTIONS)
        self.lock = asyncio.Lock()

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        words = words_of(kwargs["text"])
        async with self.lock:
            rows = list(self.reflections)
        indexed = list(enumerate(rows))
        indexed.sort(key=lambda pair: (-round(jaccard(words, pair[1]["words"]), 6), -pair[0]))
        return [
            {"last_actions": list(row["last_actions"]), "cause": row["cause"]}
            for _, row in indexed[: kwargs.get("limit", 2)]
        ]

    async def update(self, **kwargs) -> None:
        episode: Episode = kwargs["episode"]
        if episode.reward > 0.0 or not episode.steps:
            return
        cause = "not analysed"
        try:
            answer = await self.agent.ask(episode.transcript(limit=12))
        except Exception as error:
            logger.warning("no reflection this time: %s", error)
        else:
            if isinstance(answer, str) and len(answer.strip()) >= 12:
                cause = clip(answer, 300)
        async with self.lock:
            self.reflections.append(
                {
                    "words": episode.words[:60],
                    "last_actions": episode.actions[-5:],
                    "cause": cause,
                }
            )


# ------------------------------------------------------------------ composition


class Composer:
    """Merges the answers of the layers into one compact dictionary."""

    def __init__(self, budget: int = 12_000):
        self.budget = budget
        self.sections: List[Tuple[int, str, Any]] = []

    def add(self, priority: int, title: str, content: Any) -> "Composer":
        cleaned = self._clean(content)
        if cleaned:
            self.sections.append((priority, title, cleaned))
        return self

    def _clean(self, content: Any) -> Any:
        """Removes empty parts recursively."""
        if isinstance(content, dict):
            pairs = ((key, self._clean(value)) for key, value in content.items())
            return {key: value for key, value in pairs if value not in (None, "", [], {})}
        if isinstance(content, (list, tuple)):
            values = (self._clean(value) for value in content)
            return [value for value in values if value not in (None, "", [], {})]
        return content

    def compose(self) -> Dict[str, Any]:
        result: Dict[str, Any] = {}
        used = 0
        for _, title, content in sorted(self.sections, key=lambda section: section[:2]):
            size = len(json.dumps(content, ensure_ascii=True))
            if used + size > self.budget:
                logger.warning("section %s left out, %d characters too many", title, used + size - self.budget)
                continue
            used += size
            result[title] = content
        return result


# ------------------------------------------------------------------ the memory


class MultiLayerMemory(MemoStructure):
    """Coordinator of the eight layers."""

    def __init__(self) -> None:
        super().__init__()
        self.reader = EpisodeReader()
        self.signatures = SignatureLayer()
        self.trajectories = TrajectoryLayer()
        self.transitions = TransitionLayer()
        self.effects = EffectLayer()
        self.progress = ProgressLayer()
        self.vocabulary = VocabularyLayer()
        self.strategies = StrategyLayer()
        self.reflections = ReflectionLayer()
        self.database = self.signatures.database
        self._update_lock = asyncio.Lock()
        self._episodes_by_group: defaultdict = defaultdict(int)

    # -- retrieve

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        situation = self.reader.situation(recorder.init)
        goal = self.reader.goal(recorder.init)
        options = self.reader.options(recorder.init)
        text = f"{goal}\n{situation}".strip()

        groups = await self.signatures.retrieve(text=text, limit=3)
        names = [group["name"] for group in groups if group["similarity"] >= 0.3]

        (
            trajectories,
            transitions,
            effects,
            progress,
            vocabulary,
            strategies,
            reflections,
        ) = await asyncio.gather(
            self.trajectories.retrieve(text=text, groups=names, limit=2),
            self.transitions.retrieve(options=options),
            self.effects.retrieve(),
            self.progress.retrieve(),
            self.vocabulary.retrieve(text=text),
            self.strategies.retrieve(groups=names, limit=5),
            self.reflections.retrieve(text=text, limit=2),
        )

        composer = Composer()
        composer.add(0, "strategies", strategies)
        composer.add(1, "similar_trajectories", trajectories)
        composer.add(2, "effects_of_actions", effects)
        composer.add(3, "past_failures", reflections)
        composer.add(4, "transitions", transitions)
        composer.add(5, "progress", progress)
        composer.add(6, "words", vocabulary)
        composer.add(7, "similar_tasks", self._describe_groups(groups))
        return composer.compose()

    @staticmethod
    def _describe_groups(groups: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
        return [
            {
                "example": group["example"],
                "mean_reward": group["mean_reward"],
                "often_seen": group["size"] >= 5,
            }
            for group in groups
            if group["similarity"] >= 0.3
        ]

    # -- update

    async def general_update(self, recorder: Basic_Recorder) -> None:
        episode = self.reader.read(recorder)
        async with self._update_lock:
            # The layers without a language model come first: whatever happens
            # afterwards, their knowledge of this episode is safe.
            await self.effects.update(episode=episode)
            await self.transitions.update(episode=episode)
            await self.progress.update(episode=episode)
            await self.vocabulary.update(episode=episode)

            group = await self._group_of(episode)
            self._episodes_by_group[group] += 1
            await self.trajectories.update(episode=episode, group=group)
            await self.strategies.update(episode=episode, group=group)
            await self.reflections.update(episode=episode, group=group)

    async def _group_of(self, episode: Episode) -> str:
        try:
            return await self.signatures.assign(episode)
        except (RuntimeError, OSError, ValueError) as error:
            logger.warning("episode not grouped: %s", error)
            return "ungrouped"

    # -- introspection, used in notebooks only

    def overview(self) -> Dict[str, int]:
        """Sizes of all layers."""
        return {
            "groups": len(self.signatures.groups),
            "trajectories": len(self.trajectories.order),
            "graph nodes": self.transitions.database.number_of_nodes(),
            "graph edges": self.transitions.database.number_of_edges(),
            "effects": len(self.effects.effects),
            "good words": len(self.vocabulary.good),
            "bad words": len(self.vocabulary.bad),
            "strategies": len(self.strategies.strategies),
            "reflections": len(self.reflections.reflections),
        }

    def layer_intros(self) -> List[str]:
        layers: List[Sub_memo_layer] = [
            self.signatures,
            self.trajectories,
            self.transitions,
            self.effects,
            self.progress,
            self.vocabulary,
            self.strategies,
            self.reflections,
        ]
        return [f"{type(layer).__name__}: {layer.layer_intro}" for layer in layers]
