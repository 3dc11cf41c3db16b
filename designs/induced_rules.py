"""Induced rules: what paid is compared with what had been read, and said in general terms.

Mechanism: an action that paid is laid over the lines that were on view before it; what both have in
common becomes {x} ("when fry the {x} -> prefer: cook {x} with stove"). Actions that make such lines
appear are means to that end, actions that make them vanish are not. A second layer keeps what kinds of
actions show something new, or lose the game; a third where things were found.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 80  # characters kept of an action
MAX_STEPS = 400  # read of one episode
MAX_LINES = 120  # lines on view that are compared with an action
MAX_COUNTS = 3_000  # entries of a counter
SHOWN_RULES, SHOWN_ADVICE, SHOWN_PLACES = 24, 16, 6
MIN_TRIES = 4
MAX_TOOLS = 4
FEW_WORDS = 8  # a line with more of them is prose and instructs nothing
STOP = frozenset({"the", "and", "from", "with", "into", "you", "your", "for", "all", "any"})
ACTION = re.compile(r"(\w+) (?:to |up )?(.+?)(?: (?:with|from|in|on|to|is) (.+))?")
PLACED = re.compile(r"\b(?:on|in) the ([a-z]+)(?: \d+)?, you see ([^.\n]+)", re.IGNORECASE)


def number(value: object) -> float:
    """A finite float; 0.0 for anything else."""
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return 0.0


def seen(part: dict[str, Any]) -> str:
    """What the agent could read at this point (`init` or a step), in any domain."""
    texts = (part.get(key) for key in ("obs", "long_term_context", "short_term_context"))
    return "\n".join(str(text)[:MAX_TEXT] for text in texts if text)


def command(step: dict[str, Any]) -> str:
    """The step's action without instance numbers: "take apple 1" becomes "take apple"."""
    taken = step.get("action_took") or ""
    text = taken if isinstance(taken, str) else " ".join(map(str, taken))
    raw = " ".join(text[: 4 * MAX_ACTION].lower().split())[:MAX_ACTION]
    return " ".join(word for word in raw.split() if not word.isdigit()) or raw


def view(text: str) -> list[str]:
    """The short lines of a text, in small letters."""
    lines = (line.strip().lower() for line in text.splitlines())
    short = (line for line in lines if line and len(line.split()) <= FEW_WORDS)
    # Numbers tell where things are just now, which instructs nothing.
    return [line for line in short if not re.search(r"\d", line)][:MAX_LINES]


def pruned(counts: Counter[Any]) -> None:
    """Forget what was counted least, names later in the alphabet first."""
    if len(counts) > MAX_COUNTS:
        kept = sorted(counts.items(), key=lambda entry: (-entry[1], str(entry[0])))
        counts.clear()
        counts.update(dict(kept[: MAX_COUNTS // 2]))


def lifted(action: str, line: str) -> tuple[str, str] | None:
    """Line and action with what both name as {x}; None where they name nothing in common."""
    found = ACTION.fullmatch(action)
    thing = found[2] if found else ""
    if len(thing) < 3:
        return None
    bare = line.strip("-*. ")
    place = re.search(rf"\b{re.escape(thing)}\b", bare)
    if place is None or bare == action:
        return None
    shape = f"{bare[: place.start()]}{{x}}{bare[place.end() :]}"
    if "{x}" not in shape or len(shape) < 5 or "{" in bare or "{" in action:
        return None
    return shape, action.replace(thing, "{x}", 1)


def goal_of(recorder: Basic_Recorder) -> list[str]:
    """The words of the task, which some domains tell within the first observation."""
    told = str(recorder.init.get("goal") or "") or seen(recorder.init).rpartition("task is to:")[2]
    return [
        word for word in re.findall(r"[a-z]{3,24}", told.lower()[:MAX_TEXT]) if word not in STOP
    ]


def steps_of(recorder: Basic_Recorder) -> list[tuple[str, str, bool]]:
    """Action, what was shown after it, and whether it paid."""
    last, found = 0.0, []
    steps = [step for step in recorder.steps[:MAX_STEPS] if isinstance(step, dict)]
    for step in steps:
        score = number(step.get("scores"))
        found.append((command(step), seen(step), score > max(last, 0.0)))
        last = max(last, score)
    return found


class InductionLayer(Sub_memo_layer):
    """Rules with {x}: how often the line was on view when the action was done, and paid."""

    def __init__(self) -> None:
        self.paid: Counter[tuple[str, str]] = Counter()
        self.tried: Counter[tuple[str, str]] = Counter()
        self.plain: Counter[str] = Counter()
        self.plain_tried: Counter[str] = Counter()
        self.brought: Counter[str] = Counter()
        self.undone: Counter[str] = Counter()
        super().__init__(layer_intro="Induces what pays from lines on view.", database=self.paid)

    async def update(self, **kwargs: Any) -> None:
        """Compare the actions of an episode with what had been on view."""
        recorder: Basic_Recorder = kwargs["recorder"]
        now = view(seen(recorder.init))
        before = list(dict.fromkeys(now))
        for action, text, paid in steps_of(recorder):
            if not action:
                continue
            rules = {rule for line in before if (rule := lifted(action, line))}
            self.tried.update(rules)
            self.plain_tried[action] += 1
            if paid:
                self.paid.update(rules)
                self.plain[action] += 1
            after = view(text)
            self._compare(action, now, after)
            now = after
            before = list(dict.fromkeys([*after, *before]))[:MAX_LINES]
        for counts in (self.paid, self.tried, self.plain, self.plain_tried):
            pruned(counts)
        for counts in (self.brought, self.undone):
            pruned(counts)

    def _compare(self, action: str, now: list[str], after: list[str]) -> None:
        """Whether an action made lines appear or vanish that a known rule speaks of."""
        if not after:
            return
        shapes = [re.escape(line).replace(r"\{x\}", "[a-z' -]+?") for line in self.lines()]
        if any(re.fullmatch(s, line) for s in shapes for line in after if line not in now):
            self.brought[general(action)] += 1
        old = [line for line in now if line not in after]
        if len(old) > len(now) / 2:
            return  # another view, in which nothing vanished
        still = any(re.fullmatch(s, line) for s in shapes for line in after)
        if not still and any(re.fullmatch(s, line) for s in shapes for line in old):
            self.undone[general(action)] += 1

    def rules(self) -> list[tuple[str, str]]:
        """Rules that held, the most often seen first."""
        good = [
            (rule, count)
            for rule, count in self.paid.items()
            if count >= 2 and count >= 0.25 * self.tried[rule]
        ]
        return [rule for rule, _ in sorted(good, key=lambda entry: (-entry[1], entry[0]))]

    def lines(self) -> list[str]:
        """The lines that rules begin with, few enough to look for."""
        return list(dict.fromkeys(line for line, _ in self.rules()))[:SHOWN_RULES]

    async def retrieve(self, **kwargs: Any) -> dict[str, list[str]]:
        """Rules, and actions that are means to them or pay by themselves."""
        rules = self.rules()[:SHOWN_RULES]
        covered = {action.partition(" ")[0] for _, action in rules}
        told = [f"when {line} -> prefer: {action}" for line, action in rules]
        means = [
            f"prefer: {action}"
            for action, count in sorted(self.brought.items(), key=lambda e: (-e[1], e[0]))
            if count >= 2
            and count > self.undone[action]
            and count >= 0.2 * self.plain_tried[action]
        ]
        against = [
            f"avoid: {action}"
            for action, count in sorted(self.undone.items(), key=lambda e: (-e[1], e[0]))
            if count >= 2 and count > self.brought[action]
        ]
        alone = [
            f"prefer: {action}"
            for action, count in sorted(self.plain.items(), key=lambda e: (-e[1], e[0]))
            if count >= 2
            and count >= 0.3 * self.plain_tried[action]
            and action.partition(" ")[0] not in covered
        ]
        return {"rules": told, "means": means[:SHOWN_ADVICE], "pays": alone[:6], "not": against[:6]}


def general(action: str) -> str:
    """An action with what it names left open, its last word kept where it has three."""
    parts = action.split()
    if len(parts) >= 4 and parts[-2] == "is":
        return f"{parts[0]} <thing> is {parts[-1]}"
    return action


class EffectLayer(Sub_memo_layer):
    """Kinds of actions: how often they showed something new, and what lost the game."""

    def __init__(self) -> None:
        self.tries: Counter[str] = Counter()
        self.new: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.won: Counter[str] = Counter()
        self.used: Counter[str] = Counter()
        self.aimed: Counter[str] = Counter()
        self.tools: Counter[str] = Counter()
        self.goals: Counter[str] = Counter()
        super().__init__(layer_intro="Keeps what kinds of actions are good for.", database=self.new)

    async def update(self, **kwargs: Any) -> None:
        """Count what an episode showed."""
        recorder: Basic_Recorder = kwargs["recorder"]
        shown = set(re.findall(r"[a-z]{3,24}", seen(recorder.init).lower()))
        steps = steps_of(recorder)
        goal, won = goal_of(recorder), number(recorder.reward) >= 1.0
        self.goals[" ".join(goal)[:200]] += 1
        for action, text, _ in steps:
            verb = action.partition(" ")[0]
            if won:
                self.used[verb] += 1
                self.aimed[verb] += any(word in goal for word in action.split()[1:])
            found = set(re.findall(r"[a-z]{3,24}", text.lower()))
            self.tries[verb] += 1
            told = text.lower().startswith(f"you {verb}")
            self.new[verb] += told or len(found - shown) >= 2
            if told and " with " in action:
                self.tools[action.split()[-1]] += 1
            shown |= found
        ended = bool(recorder.steps) and bool(recorder.steps[-1].get("dones"))
        if steps and ended:
            verb = steps[-1][0].partition(" ")[0]
            (self.won if won else self.lost)[verb] += 1
        for counts in (
            self.tries,
            self.new,
            self.lost,
            self.won,
            self.used,
            self.aimed,
            self.goals,
        ):
            pruned(counts)

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """Advice by kind of action."""
        told = []
        usual = sum(self.new.values()) / max(1, sum(self.tries.values()))
        for verb in sorted(self.tries):
            if self.tries[verb] < MIN_TRIES or not verb:
                continue
            rate = self.new[verb] / self.tries[verb]
            if rate > usual and verb in ("open", "unlock"):
                told.append(f"prefer: {verb} <thing>")
            elif rate < 0.3 * usual and not self.won[verb]:
                told.append(f"avoid: {verb} <thing>")
        handy = sorted(self.tools, key=lambda tool: (-self.tools[tool], tool))[:MAX_TOOLS]
        told += [f"prefer: take {tool}" for tool in handy]
        # Where every task has the same goal, its words tell nothing apart.
        for verb in sorted(self.used) if len(self.goals) > 1 else ():
            if self.used[verb] >= 2 and self.aimed[verb] >= 0.6 * self.used[verb]:
                told.append(f"prefer: {verb} <goal>")
                if self.lost[verb]:
                    told.append(f"avoid: {verb} <thing> unless {' or '.join(['<goal>', *handy])}")
        for verb, count in sorted(self.lost.items()):
            if count >= 2 and count > 2 * self.won[verb] and not self.won[verb]:
                told.append(f"avoid: {verb} <thing>")
        return told[:SHOWN_ADVICE]


class PlaceLayer(Sub_memo_layer):
    """Where things were found, by the words of places and things."""

    def __init__(self) -> None:
        self.found: OrderedDict[str, Counter[str]] = OrderedDict()
        super().__init__(layer_intro="Keeps where things were found.", database=self.found)

    async def update(self, **kwargs: Any) -> None:
        """Take in every "on the desk 1, you see a pen 2 and a mug 1"."""
        recorder: Basic_Recorder = kwargs["recorder"]
        for _, text, _ in steps_of(recorder):
            for place, things in PLACED.findall(text):
                for thing in set(re.findall(r"\ban? ([a-z]+)", things.lower())):
                    self.found.setdefault(thing, Counter())[place.lower()] += 1
        while len(self.found) > 400:
            self.found.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """Places of the things that the task names."""
        recorder: Basic_Recorder = kwargs["recorder"]
        text = f"{recorder.init.get('goal') or ''}\n{seen(recorder.init)}"[: 2 * MAX_TEXT]
        task = text.rpartition("task is to:")[2] or text
        wanted = [word for word in re.findall(r"[a-z]+", task.lower()) if word in self.found]
        told = [
            f"prefer: go to {place}"
            for word in dict.fromkeys(wanted)
            for place, _ in sorted(self.found[word].items(), key=lambda e: (-e[1], e[0]))[:3]
        ]
        return list(dict.fromkeys(told))[:SHOWN_PLACES]


class InducedRules(MemoStructure):
    """Chains induction, effects and places."""

    def __init__(self) -> None:
        super().__init__()
        self.induction = InductionLayer()
        self.effects = EffectLayer()
        self.places = PlaceLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Rules first, then what is a means to them, kinds of actions, places."""
        found: dict[str, Any] = await self.induction.retrieve()
        found["advice"] = await self.effects.retrieve()
        found["places"] = await self.places.retrieve(recorder=recorder)
        return {key: value for key, value in found.items() if value}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Let every layer read the episode."""
        await self.induction.update(recorder=recorder)
        await self.effects.update(recorder=recorder)
        await self.places.update(recorder=recorder)
