"""What came of actions: how the scripted agent reads the episodes that a memory shows.

An account is a row of lines ``action -> outcome``, with the reward and the task told beside it.
A step is worth what it brought by itself, or what a later step on the same thing brought. The
last step of an account that ended short of the full reward counts against its like; one that is
said to have lost the game is a danger besides, to all on things of the same role; a step that
gave nothing counts a little against its like, for elsewhere it may give something.

Actions of another game are taken for mine by their verb, by words that they share, and by role:
what its task named stands to it as what my goal names stands to me. An action without an
outcome says nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

type Words = tuple[str, ...]

MOVING = "go"
"""The verb of ways. What a way leads to is of a place: only the same way is evidence."""

MAX_STATEMENT = 3
"""Words that say something in a statement, a line that is told of as a whole."""

_GOAL = "<goal>"

_GAIN = 1.0
_OPENING = 0.4
_CHANGE = 0.1
_DULL = -0.35
_WASTE = -0.4
_LAST = -0.6
_LOSS = -0.8
_NAMED = 0.5
"""Worth of a step whose outcome names a thing of my goal."""

_PASSED_ON = 0.7
_CREDITED = 0.3
"""Least worth of a step that passes credit on to what led to it."""

_SAME_VERB = 0.4
_OTHER_ROLE = 0.25
_SHARPNESS = 1.5
_SAME = 0.8
_SAME_ROLE = 0.6
_SAFETY = 0.5
"""As much as steps that are altogether alike and were safe."""
_DOUBT = 1.0
"""As much as one step that is altogether alike and gave nothing."""

_GAINED = ("score went up", "score has", "you won", "you win")
_OPENED = ("you open", "unlock", "reveal")
_LOST = ("game lost", "you lost", "you die", "killed")
_REFUSED = (
    *("can't", "cannot", "don't", "already", "have to", "impossible", "no longer"),
    *("fail", "you need", "isn't", "burn", "no way to", "no action"),
)
_EMPTY = "nothing"


def valence(outcome: str) -> float:
    """What an outcome was by itself, in [-0.8, 1]: gain, opening, change, waste or loss."""
    text = outcome.lower()
    if any(sign in text for sign in _LOST):
        return _LOSS
    if any(sign in text for sign in _GAINED):
        return _GAIN
    if refused(text) or _EMPTY in text:
        return _WASTE
    return _OPENING if any(sign in text for sign in _OPENED) else _CHANGE


def refused(outcome: str) -> bool:
    """Whether an outcome says that the action could not be done."""
    text = outcome.lower()
    return any(sign in text for sign in _REFUSED)


@dataclass(slots=True)
class Account:
    """An episode as told: steps of action, outcome and the outcome's words.

    ``reward``: in [0, 1], None where it is not told. ``task``: words of what was asked there.
    ``statements``: short lines of the task.
    """

    steps: list[tuple[Words, str, Words]] = field(default_factory=list)
    reward: float | None = None
    task: frozenset[str] = frozenset()
    statements: list[Words] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """One step as evidence. ``asked``: its task's things; ``names``: what its outcome names."""

    action: Words
    worth: float
    asked: frozenset[str]
    names: frozenset[str]


class Experience:
    """All that a memory tells of what came of actions, for one goal.

    ``named``: words that its actions name. ``cues``: verb and word of the goal, where that
    verb paid on a thing that a statement told of together with that word.
    """

    def __init__(
        self, accounts: Iterable[Account] = (), goal: frozenset[str] = frozenset()
    ) -> None:
        self._goal = goal
        self._by_verb: dict[str, list[Step]] = {}
        self._courses: list[tuple[Step, Step]] = []
        self._known: dict[tuple[Words, frozenset[str]], float] = {}
        self._deadly: dict[Words, float] = {}
        self.named: set[str] = set()
        self.cues: set[tuple[str, str]] = set()
        for account in accounts:
            self._take(account)

    def worth(self, mine: Words, things: frozenset[str]) -> float:
        """What came of actions like mine, in [-0.8, 1]; ``things``: what my goal names.

        A mean of what they were worth, each as much as it is like mine, drawn to 0 where
        there were few.
        """
        key = mine, things
        if key not in self._known:
            total = weight = 0.0
            for step in self._by_verb.get(mine[0], ()):
                like = alike(step.action, step.asked, mine, self._goal)
                if mine[0] == MOVING and like < _SAME:
                    continue
                tells = step.worth >= _DULL and step.names & things
                total += like * (max(step.worth, _NAMED) if tells else step.worth)
                weight += like
            self._known[key] = total / (weight + _DOUBT)
        return self._known[key]

    def danger(self, mine: Words) -> float:
        """How often the like of my action was what lost a game, in [0, 1].

        Who was lost by taking what was not asked for is not helped by that it was another thing:
        what counts is the verb, and whether the thing was one of the task's.
        """
        if mine not in self._deadly:
            lost = total = 0.0
            for step in self._by_verb.get(mine[0], ()):
                same = step.action == mine
                if (same or mine[0] != MOVING) and _role(step.action, step.asked) == _role(
                    mine, self._goal
                ):
                    like = 1.0 if same else _SAME_ROLE
                    total += like
                    lost += like * (step.worth <= _LOSS)
            self._deadly[mine] = lost / (total + _SAFETY)
        return self._deadly[mine]

    def next(self, last: Words, mine: Words) -> float:
        """What followed when something like my last action came before one like mine, in [0, 1].

        What both actions of theirs name is to be what both actions of mine name.
        """
        best = 0.0
        for first, then in self._courses:
            same_verbs = first.action[0] == last[0] and then.action[0] == mine[0]
            same_sizes = len(first.action) == len(last) and len(then.action) == len(mine)
            if not (same_verbs and same_sizes):
                continue
            shared = set(first.action[1:]) & set(then.action[1:])
            bound = {a: b for a, b in zip(first.action, last, strict=True) if a in shared}
            if bound and all(
                bound.get(a, a) == b or (a not in bound and a in then.asked and b in self._goal)
                for a, b in zip(then.action[1:], mine[1:], strict=True)
            ):
                best = max(best, then.worth)
        return best

    def cued(self, mine: Words, statements: frozenset[Words]) -> bool:
        """Whether a thing of mine is told of now as things were that this verb paid on."""
        signs = {word for verb, word in self.cues if verb == mine[0]}
        return bool(signs) and any(signs & set(s) and set(mine[1:]) & set(s) for s in statements)

    def _take(self, account: Account) -> None:
        steps = list(self._steps(account))
        self._find_cues(account, steps)
        paid = {word for step in steps if step.worth >= _GAIN for word in step.action[1:]}
        same = bool(self._goal) and account.task >= self._goal
        asked = self._goal if same else account.task
        if paid and not same:
            # What paid is what was asked for, as far as the task does not say otherwise.
            asked = frozenset(paid & account.task if account.task else paid)
        for step in steps:
            step.asked = asked
        short = account.reward is not None and account.reward < 1
        if steps and short and steps[-1].worth <= _CHANGE:
            steps[-1].worth = min(steps[-1].worth, _LAST)
        self._pass_on(steps)
        for step in steps:
            self.named.update(step.action[1:])
            self._by_verb.setdefault(step.action[0], []).append(step)

    @staticmethod
    def _steps(account: Account) -> Iterable[Step]:
        """Each step with its own worth. One that told nothing new is a waste."""
        told: set[str] = set()
        for action, outcome, heard in account.steps:
            worth, names = valence(outcome), frozenset(heard)
            if worth == _CHANGE and names <= told:
                worth = _DULL
            if action[0] == MOVING and _WASTE <= worth < 0 and not refused(outcome):
                worth = 0.0  # that a place held nothing there tells little of it here
            told |= names | set(action)
            yield Step(action, worth, frozenset(), names - set(action))

    def _find_cues(self, account: Account, steps: list[Step]) -> None:
        """Words of my goal that statements told of a thing before an action on it paid."""
        said = list(account.statements)
        for step, (action, _, heard) in zip(steps, account.steps, strict=True):
            if step.worth >= _GAIN:
                for words in (set(each) for each in said):
                    if words & set(action[1:]):
                        self.cues |= {(action[0], w) for w in (words & self._goal) - set(action)}
            if is_statement(heard):
                said.append(heard)

    def _pass_on(self, steps: list[Step]) -> None:
        """Credit what led to a step that brought something: earlier steps on the same things."""
        led: dict[str, tuple[float, Step]] = {}
        for step in reversed(steps):
            if step.worth < _WASTE:
                continue  # what was refused there may be a means here; what lost the game is none
            things = {word for word in step.action[1:] if not word.isdigit()}
            ways = [led[thing] for thing in sorted(things | step.names) if thing in led]
            if ways:
                coming, later = max(ways, key=lambda way: way[0])
                if coming > step.worth:
                    step.worth = coming
                    self._courses.append((step, later))
            if step.worth > _CREDITED:
                led.update((thing, (_PASSED_ON * step.worth, step)) for thing in things)


def _role(action: Words, asked: frozenset[str]) -> bool:
    """Whether an action is on a thing of its task."""
    return any(word in asked for word in action[1:2])


def is_statement(words: Words) -> bool:
    """Whether a line is short enough to tell one thing."""
    return 1 < len(words) <= MAX_STATEMENT


def alike(theirs: Words, asked: frozenset[str], mine: Words, goal: frozenset[str]) -> float:
    """How much their action is like mine, in [0, 1]; 0 for another verb.

    ``asked`` and ``goal``: words of their task and of mine, which stand for each other.
    """
    if theirs[0] != mine[0]:
        return 0.0
    if theirs == mine:
        return 1.0
    left = [_GOAL if word in asked else word for word in theirs[1:] if not word.isdigit()]
    right = [_GOAL if word in goal else word for word in mine[1:] if not word.isdigit()]
    if not left or not right:
        return 1.0 if left == right else _SAME_VERB**_SHARPNESS
    if len(left) == len(right):
        share = sum(a == b for a, b in zip(left, right, strict=True)) / len(left)
    else:
        share = len(set(left) & set(right)) / len(set(left) | set(right))
    like = _SAME_VERB + (1 - _SAME_VERB) * share
    if (left[0] == _GOAL) != (right[0] == _GOAL):
        like *= _OTHER_ROLE  # what came of a thing of the goal tells little of other things
    return float(like**_SHARPNESS)
