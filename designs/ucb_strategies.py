"""UCB strategies: actions as the arms of a bandit, one bandit per kind of task.

Mechanism: upper confidence bounds (UCB1, Auer et al. 2002). An episode pulls every arm it used, and an
arm earns what the episode earned with it; little tried arms get the benefit of the doubt, an arm whose
upper bound is below average is advised against. Statistics move at updates only, so that any number of
retrievals at the same time see the same bandit.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_KINDS = 30
SAME_KIND = 0.5  # word overlap from which two tasks are of one kind
MAX_ARMS = 400  # per bandit
EXPLORATION = 0.3  # width of the confidence bound; rewards lie in [0, 1]
SHARED_WEIGHT = 2.0  # pulls that the experience of all kinds is worth within one kind
SHOWN_TRY, SHOWN_DROP = 8, 5


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


@dataclass(slots=True, kw_only=True)
class Bandit:
    """Pulls and earnings of each arm."""

    pulls: Counter[str] = field(default_factory=Counter)
    earned: dict[str, float] = field(default_factory=dict)

    def pull(self, arm: str, reward: float) -> None:
        """Add one pull of an arm."""
        self.pulls[arm] += 1
        self.earned[arm] = self.earned.get(arm, 0.0) + reward

    def shrink(self) -> None:
        """Forget the least pulled arms beyond the limit."""
        if len(self.pulls) > MAX_ARMS:
            self.pulls = Counter(dict(self.pulls.most_common(MAX_ARMS)))
            self.earned = {arm: self.earned[arm] for arm in self.pulls}

    def average(self) -> float:
        """The mean earning of a pull; 0.0 before the first."""
        return sum(self.earned.values()) / self.pulls.total() if self.pulls else 0.0

    def mean(self, arm: str, prior: float) -> float:
        """The arm's mean, shrunk towards `prior`."""
        return (self.earned.get(arm, 0.0) + SHARED_WEIGHT * prior) / (
            self.pulls[arm] + SHARED_WEIGHT
        )


class BanditLayer(Sub_memo_layer):
    """One bandit over all tasks and one per kind, which leans on the first."""

    def __init__(self) -> None:
        self.shared = Bandit()
        self.own: OrderedDict[int, Bandit] = OrderedDict()
        super().__init__(
            layer_intro="Weighs proven actions against promising ones.", database=self.own
        )

    async def update(self, **kwargs: Any) -> None:
        """Pull every arm of the recorder's episode, in the shared bandit and in that of `kind`."""
        own = self.own.setdefault(kwargs["kind"], Bandit())
        self.own.move_to_end(kwargs["kind"])
        for arm, reward in worth(kwargs["recorder"]).items():
            self.shared.pull(arm, reward)
            own.pull(arm, reward)
        self.shared.shrink()
        own.shrink()
        if len(self.own) > MAX_KINDS:
            self.own.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> dict[str, list[str]]:
        """Arms to "try" (highest upper bound first) and to "drop" (bound below the average)."""
        own = self.own.get(kwargs["kind"], self.shared)
        average = self.shared.average()
        rounds = math.log(1 + own.pulls.total())
        bounds: dict[str, float] = {}
        for arm, pulls in own.pulls.items():
            mean = own.mean(arm, self.shared.mean(arm, average))
            bounds[arm] = round(mean + EXPLORATION * math.sqrt(rounds / pulls), 9)
        ranked = sorted(bounds, key=lambda arm: (-bounds[arm], -own.pulls[arm], arm))
        promising = [arm for arm in ranked if bounds[arm] >= average]
        hopeless = [arm for arm in reversed(ranked) if bounds[arm] < average]
        return {"try": promising[:SHOWN_TRY], "drop": hopeless[:SHOWN_DROP]}


class UcbStrategies(MemoStructure):
    """Chains the kind of task to its bandit."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds = TaskKindLayer()
        self.bandits = BanditLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """What to try and what to drop; a new kind of task gets the shared experience."""
        kind = await self.kinds.retrieve(recorder=recorder)
        found = await self.bandits.retrieve(kind=kind)
        lines = [f"prefer: {arm}" for arm in found["try"]] + [
            f"avoid: {arm}" for arm in found["drop"]
        ]
        return {"strategies": lines} if lines else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Credit the episode to the bandit of its kind."""
        kind = await self.kinds.update(recorder=recorder)
        await self.bandits.update(recorder=recorder, kind=kind)
