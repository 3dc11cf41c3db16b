"""Rule memory: "when the task mentions X, doing Y pays", with the evidence behind each rule.

Mechanism: one layer tallies what every action earned, in general and together with cues (words that
some tasks have and others have not); the other keeps the rules whose shrunken estimate departs from
the average, a conditional rule only where it says something else than the general one.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_TALLIES = 5_000
MAX_CUE_WORDS = 2_000
CUES_PER_EPISODE = 8
ACTIONS_PER_EPISODE = 60
MAX_RULES = 80
PRIOR_TRIES = 2.0  # average outcomes added to every estimate, against small numbers
MIN_TRIES = 2
MIN_LIFT = 0.01
SHOWN_PREFER, SHOWN_AVOID = 10, 6
ALWAYS = ""  # the cue of a rule without condition


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When `cue` is mentioned, `action` earns `lift` more than the average episode."""

    cue: str
    action: str
    lift: float


class EvidenceLayer(Sub_memo_layer):
    """Tries and earnings of each action, in general and under each cue."""

    def __init__(self) -> None:
        self.tallies: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self.mentions: Counter[str] = Counter()
        self.episodes = 0
        self.earned = 0.0
        super().__init__(
            layer_intro="Tallies what actions earned under which cues.", database=self.tallies
        )

    async def update(self, **kwargs: Any) -> None:
        """Add the recorder's episode to the tallies; the longest untouched ones are forgotten."""
        recorder: Basic_Recorder = kwargs["recorder"]
        self.episodes += 1
        self.earned += number(recorder.reward)
        cues = [ALWAYS, *self.cues(recorder)]
        for action, value in list(worth(recorder).items())[-ACTIONS_PER_EPISODE:]:
            for cue in cues:
                tries, total = self.tallies.pop((cue, action), (0, 0.0))
                self.tallies[cue, action] = (tries + 1, total + value)
        while len(self.tallies) > MAX_TALLIES:
            self.tallies.popitem(last=False)

    def cues(self, recorder: Basic_Recorder) -> list[str]:
        """The task's words that tell it from others and yet recur; counts the mention of all."""
        mentioned = words(situation(recorder))
        self.mentions.update(mentioned)
        self.mentions = Counter(dict(self.mentions.most_common(MAX_CUE_WORDS)))
        telling = [word for word in mentioned if 2 * self.mentions[word] <= self.episodes]
        return sorted(telling, key=lambda word: (-self.mentions[word], word))[:CUES_PER_EPISODE]

    async def retrieve(self, **kwargs: Any) -> list[Rule]:
        """Every tally with enough tries, as a rule with its estimated lift."""
        average = self.earned / self.episodes if self.episodes else 0.0
        return [
            Rule(cue=cue, action=action, lift=(total - tries * average) / (tries + PRIOR_TRIES))
            for (cue, action), (tries, total) in self.tallies.items()
            if tries >= MIN_TRIES
        ]


class RuleLayer(Sub_memo_layer):
    """The strongest rules that the evidence supports."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        super().__init__(layer_intro="Keeps the rules worth following.", database=self.rules)

    async def update(self, **kwargs: Any) -> None:
        """Choose anew among `candidates`."""
        candidates: list[Rule] = kwargs["candidates"]
        general = {rule.action: rule.lift for rule in candidates if rule.cue == ALWAYS}
        telling = [
            rule
            for rule in candidates
            if abs(rule.lift) >= MIN_LIFT
            and (rule.cue == ALWAYS or abs(rule.lift - general.get(rule.action, 0.0)) >= MIN_LIFT)
        ]
        telling.sort(key=lambda rule: (-abs(rule.lift), rule.cue, rule.action))
        self.rules = self.database = telling[:MAX_RULES]

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """The rules for the recorder's task; per action, the most specific and strongest speaks."""
        mentioned = set(words(situation(kwargs["recorder"])))
        applying = [rule for rule in self.rules if rule.cue == ALWAYS or rule.cue in mentioned]
        applying.sort(key=lambda rule: (rule.cue == ALWAYS, -abs(rule.lift), rule.cue))
        verdicts: dict[str, float] = {}
        for rule in applying:
            verdicts.setdefault(rule.action, rule.lift)
        ranked = sorted(verdicts, key=lambda action: (-abs(verdicts[action]), action))
        prefer = [f"prefer: {action}" for action in ranked if verdicts[action] > 0]
        avoid = [f"avoid: {action}" for action in ranked if verdicts[action] < 0]
        return prefer[:SHOWN_PREFER] + avoid[:SHOWN_AVOID]


class RuleMemory(MemoStructure):
    """Chains the evidence to the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.evidence = EvidenceLayer()
        self.rules = RuleLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """The rules that apply to the task; empty while there are none."""
        lines = await self.rules.retrieve(recorder=recorder)
        return {"rules": lines} if lines else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Add the evidence of the episode and choose the rules anew."""
        await self.evidence.update(recorder=recorder)
        await self.rules.update(candidates=await self.evidence.retrieve())
