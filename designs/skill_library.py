"""Skill library: short action sequences that ended in a higher score, recalled in a sensible order.

Mechanism: an episode is cut after every gain; each piece, without the steps that changed nothing, is
a skill named after its last action. A second layer learns which skills come before which.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_SKILLS = 120
MAX_SKILL_STEPS = 6
MAX_CUES = 40  # task words remembered per skill
MAX_PAIRS = 2_000
SHOWN_SKILLS = 4


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


def overlap(left: Iterable[str], right: Iterable[str]) -> float:
    """Jaccard similarity of two word lists, in [0, 1]."""
    one, two = set(left), set(right)
    return len(one & two) / len(one | two) if one or two else 0.0


def segments(recorder: Basic_Recorder) -> list[list[Move]]:
    """The pieces of the episode that each ended in a gain, or in the win."""
    pieces: list[list[Move]] = []
    piece: list[Move] = []
    for move in moves(recorder):
        if move.outcome or move.gain > 0:
            piece.append(move)
        if move.gain > 0:
            pieces.append(piece)
            piece = []
    # Some domains score nothing before the end: there the win itself is the only gain.
    return [*pieces, piece] if piece and won(recorder) else pieces


@dataclass(slots=True, kw_only=True)
class Skill:
    """A way to bring about one gain, and where it was of use."""

    name: str
    steps: list[str]
    uses: int = 0
    earned: float = 0.0
    cues: Counter[str] = field(default_factory=Counter)


class SkillLayer(Sub_memo_layer):
    """The skills by name, each in its shortest known form."""

    def __init__(self) -> None:
        self.skills: dict[str, Skill] = {}
        super().__init__(
            layer_intro="Keeps action sequences that raised the score.", database=self.skills
        )

    async def update(self, **kwargs: Any) -> list[str]:
        """Learn the recorder's skills; their names in the order of use."""
        recorder: Basic_Recorder = kwargs["recorder"]
        pieces = segments(recorder)
        for piece in pieces:
            self.learn(piece, recorder)
        while len(self.skills) > MAX_SKILLS:
            weakest = min(
                self.skills.values(), key=lambda skill: (skill.uses, skill.earned, skill.name)
            )
            del self.skills[weakest.name]
        return [piece[-1].action for piece in pieces]

    def learn(self, piece: list[Move], recorder: Basic_Recorder) -> None:
        """Add one use of a skill."""
        name, steps = piece[-1].action, [move.line() for move in piece[-MAX_SKILL_STEPS:]]
        skill = self.skills.setdefault(name, Skill(name=name, steps=steps))
        if len(steps) < len(skill.steps):
            skill.steps = steps
        skill.uses += 1
        skill.earned += number(recorder.reward)
        skill.cues.update(words(situation(recorder)))
        skill.cues = Counter(dict(skill.cues.most_common(MAX_CUES)))

    async def retrieve(self, **kwargs: Any) -> list[Skill]:
        """The skills that fit the recorder's task best."""
        mentioned = words(situation(kwargs["recorder"]))

        def fit(skill: Skill) -> tuple[float, str]:
            usual = [word for word, times in skill.cues.items() if 2 * times >= skill.uses]
            value = (
                overlap(usual, mentioned)
                + skill.earned / skill.uses / 2
                + math.log(skill.uses) / 10
            )
            return -value, skill.name

        return sorted(self.skills.values(), key=fit)[:SHOWN_SKILLS]


class SkillOrderLayer(Sub_memo_layer):
    """Which skill was used before which."""

    def __init__(self) -> None:
        self.before: Counter[tuple[str, str]] = Counter()
        super().__init__(layer_intro="Knows the usual order of skills.", database=self.before)

    async def update(self, **kwargs: Any) -> None:
        """Count the pairs within `names`, the skills of one episode in order."""
        names: list[str] = list(dict.fromkeys(kwargs["names"]))[:MAX_CUES]
        self.before.update(
            (first, then) for at, first in enumerate(names) for then in names[at + 1 :]
        )
        if len(self.before) > MAX_PAIRS:
            self.before = self.database = Counter(dict(self.before.most_common(MAX_PAIRS)))

    async def retrieve(self, **kwargs: Any) -> list[Skill]:
        """`skills` in their usual order; where nothing is known, as they came."""
        skills: list[Skill] = kwargs["skills"]

        def earliness(skill: Skill) -> int:
            margins = (
                self.before[skill.name, other.name] - self.before[other.name, skill.name]
                for other in skills
            )
            return sum((margin > 0) - (margin < 0) for margin in margins)

        return sorted(skills, key=lambda skill: -earliness(skill))


class SkillLibrary(MemoStructure):
    """Chains the choice of skills to their order."""

    def __init__(self) -> None:
        super().__init__()
        self.skills = SkillLayer()
        self.order = SkillOrderLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """A few skills in order, first as advice and then step by step."""
        skills = await self.order.retrieve(skills=await self.skills.retrieve(recorder=recorder))
        if not skills:
            return {}
        recipes = [{"how_to": skill.name, "steps": list(skill.steps)} for skill in skills]
        return {"advice": [f"prefer: {skill.name}" for skill in skills], "skills": recipes}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Learn the skills of the episode and their order."""
        await self.order.update(names=await self.skills.update(recorder=recorder))
