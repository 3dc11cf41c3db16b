"""Grounded rules: the words of a goal are tied to the actions that name them, and deeds to what they bring.

Mechanism: which words of a goal stand for a thing, a place or a deed is learned from the arguments of
actions in earlier episodes, so that "take tomato, heat it, move it to the fridge" can be said of a new
task as "take mug, clean it, move it to the desk". Kinds of actions are judged by what they bring (score,
something new on view, the end of the game) apart from whether they name the goal; what is often done
to a thing in vain, or what games were lost by, is warned of for good. Lines that instruct
("fry the onion") are tied to the action whose answer tells of the same deed ("You fried the onion").
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 80  # characters kept of an action
MAX_STEPS = 400  # read of one episode
MAX_LINES = 120  # lines on view that are compared with an action
MAX_COUNTS = 3_000  # entries of a counter
MAX_GOALS = 300  # goals that are told apart
FEW_WORDS = 8  # a line with more of them is prose and instructs nothing
SAME_GOAL = 3  # episodes from which on a goal is judged by its own
ENOUGH_TRIES = 6  # of a kind of action before it is called a waste
OFTEN = 8  # times that an action was taken before one is told never to take it
FEW_GOOD = 3  # times that a kind of action brought something, where it mostly does
MAX_VERBS = 24  # deeds with a tool that are looked for in goals
SHOWN = 24  # lines of each section
MOVING = ("go",)  # verbs of ways; all domains have this one
ACTION = re.compile(r"(\w+) (?:to |up )?(.+?)(?: (?:with|from|in|on|to|is) (.+))?")
NAMED = re.compile(r"\b(?:an?|some) ([a-z][a-z-]+)")
SHOWN_AS = re.compile(r"\ban? ([a-z]{3,24}) [a-z]")
PLACED = re.compile(r"\b(?:on|in) the ([a-z]+)(?: \d+)?, you see ([^.\n]+)", re.IGNORECASE)
INSTRUCTION = re.compile(r"[-*. ]*([a-z]{3,20}) the [a-z][a-z' -]*")


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


def pruned(counts: Counter[Any]) -> None:
    """Forget what was counted least, names later in the alphabet first."""
    if len(counts) > MAX_COUNTS:
        kept = sorted(counts.items(), key=lambda entry: (-entry[1], str(entry[0])))
        counts.clear()
        counts.update(dict(kept[: MAX_COUNTS // 2]))


def ranked(counts: Counter[Any]) -> list[Any]:
    """What was counted, the most often counted first."""
    return [key for key, _ in sorted(counts.items(), key=lambda e: (-e[1], str(e[0])))]


def task(recorder: Basic_Recorder) -> str:
    """The goal in small letters, which some domains tell within the first observation."""
    told = str(recorder.init.get("goal") or "") or seen(recorder.init).rpartition("task is to:")[2]
    return " ".join(re.findall(r"[a-z][a-z'-]*|[.!?]", told.lower()[:MAX_TEXT])[:120])


def parts(action: str) -> tuple[str, str, str]:
    """Verb, what it is done to, and with or to what; empty where there is none."""
    found = ACTION.fullmatch(action)
    if found is None:
        return action.partition(" ")[0], "", ""
    return found[1], found[2], found[3] or ""


def kind(action: str) -> str:
    """An action with what it is done to left open."""
    verb, thing, other = parts(action)
    if f" is {other}" in action and other:
        return f"{verb} <thing> is {other}"
    return f"{verb} <thing>" if thing else verb


def names(text: str, phrase: str) -> bool:
    """Whether a phrase stands in a text as whole words."""
    return len(phrase) > 2 and f" {phrase} " in f" {text} "


def ruling(action: str) -> str:
    """An action about a rule with what it names left open; any other as it is."""
    return kind(action) if " is " in action else action


def offered(part: dict[str, Any]) -> list[str]:
    """Actions that were possible, where the domain tells, without numbers."""
    told = part.get("actions_list")
    if not isinstance(told, list | tuple):
        return []
    return list(dict.fromkeys(command({"action_took": str(each)}) for each in told[:200]))


def options(part: dict[str, Any]) -> str:
    """All that was possible, with numbers, as one text; empty where the domain does not tell."""
    told = part.get("actions_list")
    told = told if isinstance(told, list | tuple) else []
    return "; ".join(str(each)[:MAX_ACTION] for each in told[:200])


def plain(word: str) -> set[str]:
    """Forms that a past tense may come from: "fried" -> fry, "diced" -> dice, "chopped" -> chop."""
    forms = {word}
    if word.endswith("ed") and len(word) > 4:
        forms |= {word[:-1], word[:-2], word[:-3], f"{word[:-3]}y"}
    return forms


@dataclass(slots=True)
class Step:
    """What one action was and brought. ``mine``: what it names of the goal, by position."""

    action: str
    text: str
    paid: bool
    news: bool
    mine: tuple[bool, bool]


def walked(recorder: Basic_Recorder, nameable: Counter[str]) -> list[Step]:
    """The episode step by step. News are things on view for the first time that one can name."""
    goal, last, found = task(recorder), 0.0, []
    known = set(re.findall(r"[a-z]{3,24}", seen(recorder.init).lower()))
    known.add(options(recorder.init))
    for step in [step for step in recorder.steps[:MAX_STEPS] if isinstance(step, dict)]:
        action, text = command(step), seen(step)
        if not action:
            continue
        _, thing, other = parts(action)
        low = text.lower()
        words = {word for word in re.findall(r"[a-z]{3,24}", low) if word in nameable}
        words |= set(NAMED.findall(low))
        score = number(step.get("scores"))
        # Where the domain tells what is possible, to be able to do what one could not is news, too.
        if ways := options(step):
            words.add(ways)
        fresh = words - known - set(action.split())
        mine = names(goal, thing), names(goal, other)
        found.append(Step(action, low, score > max(last, 0.0), bool(fresh), mine))
        known |= words
        last = max(last, score)
    return found


@dataclass(slots=True)
class Table:
    """Counts over the episodes of one goal, by kind of action."""

    episodes: int = 0
    wins: int = 0
    tries: Counter[str] = field(default_factory=Counter)
    news: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)
    helped: Counter[str] = field(default_factory=Counter)
    fatal: Counter[str] = field(default_factory=Counter)
    aimed: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    final: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    begun: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    joint: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    acted: Counter[str] = field(default_factory=Counter)
    earned: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)

    def counters(self) -> list[Counter[Any]]:
        """All of them, in one order."""
        return [
            *(self.tries, self.news, self.paid, self.helped, self.fatal),
            *(self.aimed, self.final, self.begun, self.joint),
            *(self.acted, self.earned, self.ended),
        ]

    def aims(self) -> list[tuple[str, bool, bool]]:
        """What is done with things of the goal where the goal is reached, the means first."""
        usual = [what for what in ranked(self.aimed) if 2 * self.aimed[what] >= self.wins]
        if not self.wins and not self.paid.total():
            # Nothing was ever reached: what was begun with things of the goal has to do.
            usual = [what for what in ranked(self.begun) if 4 * self.begun[what] >= self.episodes]
        return list(dict.fromkeys([*usual, *ranked(self.final), *ranked(self.joint)]))

    def add(self, other: Table) -> None:
        """Take in the counts of another."""
        self.episodes += other.episodes
        self.wins += other.wins
        for mine, theirs in zip(self.counters(), other.counters(), strict=True):
            mine.update(theirs)
            pruned(mine)


def tabled(steps: list[Step], won: bool, ended: bool) -> Table:
    """One episode, counted."""
    table = Table(episodes=1, wins=int(won))
    first: dict[str, int] = {}
    for place, step in enumerate(steps):
        what = kind(step.action)
        table.acted[step.action] += 1
        table.earned[step.action] += step.paid or step.news
        table.tries[what] += 1
        table.news[what] += step.news
        if any(step.mine):
            # What pays with a thing of the goal tells nothing of other things.
            continue
        table.paid[what] += step.paid
        if step.paid and step.action in first:
            # Done before for nothing: what lies between may have made the difference.
            table.helped.update({kind(s.action) for s in steps[first[step.action] + 1 : place]})
        first.setdefault(step.action, place)
    table.begun.update(course(steps))
    table.joint.update(
        {(kind(s.action), True, True) for s in steps if all(s.mine) and " with " not in s.action}
    )
    if won:
        table.aimed.update(course(steps))
        table.final.update({(kind(s.action), *s.mine) for s in steps if s.paid and any(s.mine)})
    elif steps and ended and not any(steps[-1].mine):
        table.fatal[kind(steps[-1].action)] += 1
        table.ended[steps[-1].action] += 1
    return table


def course(steps: list[Step]) -> set[tuple[str, bool, bool]]:
    """How a won episode began with each thing of the goal that is no place to go to."""
    places = {parts(s.action)[1] for s in steps if parts(s.action)[0] in MOVING}
    begun: dict[str, tuple[str, bool, bool]] = {}
    for step in steps:
        thing = parts(step.action)[1]
        if step.mine[0] and thing not in places:
            begun.setdefault(thing, (kind(step.action), *step.mine))
    return set(begun.values())


def fatal(table: Table, what: str) -> bool:
    """Whether games were lost by a kind of action, by more than its share of all that was done."""
    share = table.fatal.total() / max(1, table.tries.total())
    return table.fatal[what] > 1 and table.fatal[what] >= share * table.tries[what]


def praised(tries: int, good: int) -> bool:
    """Whether so few tries are enough to praise a kind of action."""
    return (tries >= ENOUGH_TRIES and good > 1) or (good >= FEW_GOOD and 2 * good >= tries)


def subject(action: str) -> str:
    """The last word of what is acted on, the same in "go to closed door" and "kick door"."""
    return (parts(action)[1].split() or [""])[-1]


def idle(table: Table, what: str) -> bool:
    """Whether a kind of action brings next to nothing, as these episodes go."""
    usual = sum(table.news.values()) / max(1, sum(table.tries.values()))
    good = table.news[what] + table.paid[what] + table.helped[what]
    return good <= max(0.01, 0.2 * usual) * table.tries[what]


class DeedLayer(Sub_memo_layer):
    """What kinds of actions bring, goal by goal."""

    def __init__(self) -> None:
        self.tables: OrderedDict[str, Table] = OrderedDict()
        super().__init__(layer_intro="Keeps what kinds of actions bring.", database=self.tables)

    async def update(self, **kwargs: Any) -> None:
        """Count an episode under its goal."""
        recorder: Basic_Recorder = kwargs["recorder"]
        ended = bool(recorder.steps) and bool(recorder.steps[-1].get("dones"))
        won = number(recorder.reward) >= 1.0
        goal = task(recorder)[:MAX_TEXT]
        self.tables.setdefault(goal, Table()).add(tabled(kwargs["steps"], won, ended))
        self.tables.move_to_end(goal)
        while len(self.tables) > MAX_GOALS:
            self.tables.popitem(last=False)

    def whole(self) -> Table:
        """The counts over all goals."""
        whole = Table()
        for table in self.tables.values():
            whole.add(table)
        return whole

    def table(self, goal: str) -> Table:
        """Counts for a goal: its own where it is common, else those of all that are not."""
        own = self.tables.get(goal)
        if own is not None and own.episodes >= SAME_GOAL:
            return own
        whole = Table()
        for other in self.tables.values():
            if other.episodes < SAME_GOAL:
                whole.add(other)
        return whole

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """Advice by kind of action.

        ``excepted``: with which things it is in place all the same; ``called_for``: kinds that
        are in place only where an instruction calls for them; ``tools``: what deeds are done with.
        """
        table: Table = kwargs["table"]
        whole = self.whole()
        excepted: dict[str, str] = kwargs["excepted"]
        called_for: set[str] = kwargs["called_for"]
        still = [what for what in table.tries if what.split()[0] not in MOVING]
        usual = sum(table.news[w] for w in still) / max(1, sum(table.tries[w] for w in still))
        aims = {what for what, _, _ in table.aims()}
        told: list[str] = []
        for what in sorted(table.tries):
            tries, paid = table.tries[what], table.paid[what]
            good = table.news[what] + paid + table.helped[what]
            unless = f" unless {excepted[what]}" if excepted.get(what) else ""
            if fatal(table, what) and table.fatal[what] > paid:
                told.append(f"avoid: {what}{unless or ' unless <goal>'}")
            elif unless and not paid:
                told.append(f"avoid: {what}{unless}")
            elif what in aims:
                continue
            elif tries >= ENOUGH_TRIES and idle(table, what) and idle(whole, what):
                told.append(f"avoid: {what}")
            elif what in called_for:
                continue  # good where an instruction calls for it, which is said there
            elif what in still and good > usual * tries and praised(tries, good):
                told.append(f"prefer: {self.main(table, what)}")
        told += self.single(table, told)
        wanted = called_for | {what for what in aims if what.split()[0] not in MOVING}
        for action in self.firm(table):
            what = kind(action)
            own = any(names(kwargs["goal"], argument) for argument in parts(action)[1:])
            means = [excepted.get(what, ""), *kwargs["tools"]]
            if not (own or what in wanted or any(names(action, each) for each in means)):
                # A plain warning yields when nothing new comes of anything else, and then costs
                # as much as none. One that is tied to what is on view, to any line of it, holds.
                told.append(f"when {{x}} -> avoid: {action}")
        return list(dict.fromkeys(told))

    def firm(self, table: Table) -> list[str]:
        """Actions that games were lost by, or that were often in vain where others are not.

        What is done to nothing, like waiting, is left for when there is a warning of all else.
        """
        acted, earned = table.acted, table.earned
        lost = [a for a in ranked(table.ended) if table.ended[a] > 1]
        best: dict[str, float] = {}
        for action in acted:
            if action.split()[0] not in MOVING and earned[action] > 1:
                share = earned[action] / acted[action]
                best[subject(action)] = max(best.get(subject(action), 0.0), share)
        often = [a for a in ranked(acted) if acted[a] >= OFTEN and subject(a)]
        often = [a for a in often if not table.helped[kind(a)]]
        # A locked door is kicked open; going to it again and again keeps one from doing so.
        vain = [a for a in often if 2 * earned[a] < acted[a] * best.get(subject(a), 0.0)]
        vain += [a for a in often if earned[a] <= 0.01 * acted[a]]
        return [*(a for a in lost if 2 * table.ended[a] >= acted[a]), *vain]

    def main(self, table: Table, what: str) -> str:
        """The action that nearly all the worth of a kind comes from, else the kind."""
        worth = Counter({a: n for a, n in table.earned.items() if kind(a) == what and n})
        best = ranked(worth)[:1]
        return best[0] if best and worth[best[0]] > 0.8 * sum(worth.values()) else what

    def single(self, table: Table, told: list[str]) -> list[str]:
        """Where a kind of action only ever paid with one thing; things that good kinds waste."""
        found: list[str] = []
        for what in sorted(table.paid):
            pays = {a for a, n in table.earned.items() if kind(a) == what and n}
            others = {a for a in table.acted if kind(a) == what} - pays
            if table.paid[what] >= 3 and len(pays) == 1:
                (action,) = pays
                own = [word for word in action.split() if word not in " ".join(others).split()]
                found.append(f"prefer: {action}")
                found.append(f"avoid: {what} unless {(own or action.split())[-1]}")
        idle = [a for a in ranked(table.acted) if table.acted[a] >= ENOUGH_TRIES]
        idle = [a for a in idle if not table.earned[a] and f"prefer: {kind(a)}" in told]
        return found + [f"avoid: {a}" for a in idle if not table.helped[kind(a)]][:4]


class GroundingLayer(Sub_memo_layer):
    """Which phrases of a goal are arguments of which actions."""

    def __init__(self) -> None:
        self.known: Counter[tuple[str, int, str]] = Counter()
        self.around: Counter[tuple[str, int, str, str]] = Counter()
        self.nameable: Counter[str] = Counter()
        self.withs: Counter[str] = Counter()
        self.goals: OrderedDict[str, None] = OrderedDict()
        super().__init__(layer_intro="Ties words of goals to actions.", database=self.known)

    async def update(self, **kwargs: Any) -> None:
        """Note what actions name, and what stands around it in the goal."""
        recorder: Basic_Recorder = kwargs["recorder"]
        goal = task(recorder)
        self.goals[goal[:MAX_TEXT]] = None
        while len(self.goals) > MAX_GOALS:
            self.goals.popitem(last=False)
        told = [step for step in recorder.steps[:MAX_STEPS] if isinstance(step, dict)]
        actions = set(offered(recorder.init))
        for step in told:
            actions.update((command(step), *offered(step)))
        bare = self.asked(goal)[1]
        for action in sorted(actions):
            verb, *arguments = parts(action)
            self.withs[verb] += " with " in action
            self.nameable.update(set(re.findall(r"[a-z]{3,24}", action)))
            for position, phrase in enumerate(arguments):
                self.known[verb, position, phrase] += 1
                if names(goal, phrase):
                    self.around[verb, position, *beside(bare, phrase)] += 1
        for counts in (self.known, self.around, self.nameable, self.withs):
            pruned(counts)

    async def retrieve(self, **kwargs: Any) -> tuple[list[str], dict[str, str]]:
        """Deeds of won episodes in the words of this goal, and what they are excepted for."""
        table: Table = kwargs["table"]
        places: dict[str, list[str]] = kwargs["places"]
        asked, goal = self.asked(str(kwargs["goal"]))
        told: list[str] = []
        excepted: dict[str, str] = {}
        carried = carrier = ""
        for what, _, other in table.aims():
            verb = what.split()[0]
            thing = self.bound(goal, verb, 0)
            place = self.bound(goal, verb, 1) if other and self.brings(verb) else ""
            if verb in MOVING or not thing or what in excepted:
                continue
            if other and not place and self.brings(verb):
                told.append(f"avoid: {what}")
                continue
            if place:
                told += self.brought(asked, verb, thing, place)
                excepted[what] = "" if asked else place
                told += [f"avoid: {carrier} {thing} from {place}"] if carrier else []
                continue
            told.append(f"prefer: {verb} {thing}")
            excepted[what] = thing
            if not carried:
                carried, carrier = thing, verb
        if carried:
            told += self.others(goal, table, carried, carrier, places)
            told += [f"prefer: go to {way}" for way in places.get(carried, ())]
        return list(dict.fromkeys(told))[:SHOWN], excepted

    def brought(self, asked: list[str], verb: str, thing: str, place: str) -> list[str]:
        """Bring a thing to a place, after the deeds that the goal asks for."""
        told = [f"avoid: {verb} <thing>"] if asked else []
        done = ""
        for deed in asked[:2]:
            told.append(f"prefer: {deed} {thing}")
            tool = self.tools(deed)[:1]
            told += [f"when carrying {thing} -> prefer: go to {tool[0]}"] if tool else []
            done = f" {deed}ed"
        told.append(f"when carrying {thing}{done} -> prefer: go to {place}")
        when = f"when carrying {thing}{done} -> " if done else ""
        return [*told, f"{when}prefer: {verb} {thing} to {place}"]

    def others(
        self, goal: str, table: Table, carried: str, carrier: str, places: dict[str, list[str]]
    ) -> list[str]:
        """What to do with things of the goal that are neither carried nor gone to."""
        told: list[str] = []
        deeds = self.verbs()
        fixed = {p for v, place, p in self.known if v in (*MOVING, carrier) and not place}
        for verb, place, thing in sorted(self.known):
            apart = not place and thing not in fixed and names(goal, thing)
            if apart and verb not in deeds and not idle(table, f"{verb} <thing>"):
                told.append(f"prefer: {verb} {thing}")
                ways = places.get(thing, ())
                told += [f"when carrying {carried} -> prefer: go to {way}" for way in ways]
        return told

    def brings(self, verb: str) -> bool:
        """Whether a verb brings things to places that one can go to."""
        goes = {phrase for go, place, phrase in self.known if go in MOVING and not place}
        return any(v == verb and place == 1 and p in goes for v, place, p in self.known)

    def bound(self, goal: str, verb: str, position: int) -> str:
        """The phrase of a goal that an argument of a verb stands for; empty where none does."""
        best, found = 0.0, ""
        words = goal.split()
        for size in (1, 2, 3, 4):
            for start in range(len(words) - size + 1):
                phrase = " ".join(words[start : start + size])
                if re.search(r"[.!?]", phrase):
                    continue
                worth = 2.0 + 0.1 * size if (verb, position, phrase) in self.known else 0.0
                left = words[start - 1] if start else ""
                right = words[start + size] if start + size < len(words) else ""
                worth += (verb, position, left, right) in self.around
                if worth > best:
                    best, found = worth, phrase
        return found

    def verbs(self) -> list[str]:
        """Verbs of deeds that are done with something."""
        return sorted(verb for verb in ranked(self.withs)[:MAX_VERBS] if self.withs[verb])

    def tools(self, verb: str) -> list[str]:
        """What a deed is done with, the most usual first."""
        uses = {p: n for (v, place, p), n in self.known.items() if v == verb and place == 1 and p}
        return ranked(Counter(uses))

    def asked(self, goal: str) -> tuple[list[str], str]:
        """Deeds that a goal asks for, and the goal without them."""
        verbs, words = self.verbs(), goal.split()
        stood = {beside(other, verb)[0] for other in self.goals for verb in verbs} - {""}
        ends = {right for _, _, _, right in self.around}
        asked: list[str] = []
        rest: list[str] = []
        known = {word for other in self.goals for word in verbs if names(other, word)}
        after = {beside(f"^ {other}", verb) for other in self.goals for verb in verbs}
        with_deeds = {w for g in self.goals if known & set(g.split()) for w in g.split()}
        for left, word, right in zip(["", *words], words, [*words[1:], "."], strict=False):
            first = not left and ("^", right) in after and word not in with_deeds
            if word in verbs or first:
                asked.append(word)
            elif left in stood and word not in ends and right not in ends:
                # After "a clean mug", "a hot mug" asks for a deed by another name.
                asked += difflib.get_close_matches(word, verbs, n=1, cutoff=0.5)
            else:
                rest.append(word)
        return asked, " ".join(rest)


def beside(text: str, phrase: str) -> tuple[str, str]:
    """The words before and after a phrase in a text; empty where there are none."""
    before, found, after = f" {text} ".partition(f" {phrase} ")
    if not found:
        return "", ""
    return (before.split() or [""])[-1], (after.split() or [""])[0]


class InstructionLayer(Sub_memo_layer):
    """Lines on view that call for actions: by what paid, and by answers that tell of the same deed."""

    def __init__(self) -> None:
        self.paid: Counter[tuple[str, str]] = Counter()
        self.tried: Counter[tuple[str, str]] = Counter()
        self.pays: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.answered: Counter[tuple[str, str]] = Counter()
        self.done: Counter[tuple[str, str]] = Counter()
        self.shown: Counter[str] = Counter()
        self.named: Counter[str] = Counter()
        self.brought: Counter[str] = Counter()
        self.undone: Counter[str] = Counter()
        super().__init__(layer_intro="Ties instructions to actions.", database=self.paid)

    async def update(self, **kwargs: Any) -> None:
        """Compare what was done with the lines on view and with the answers."""
        recorder: Basic_Recorder = kwargs["recorder"]
        now = view(seen(recorder.init).lower())
        before = list(dict.fromkeys(now))
        shapes = [re.escape(line).replace(r"\{x\}", "[a-z' -]+?") for line, _ in self.rules()]
        for step in kwargs["steps"]:
            self._answer(step)
            if not any(step.mine):
                rules = {rule for line in before if (rule := lifted(step.action, line))}
                self.tried.update(rules)
                self.pays[kind(step.action)] += step.paid
                if step.paid:
                    self.paid.update(rules)
            after = view(step.text)
            self.named[step.action] += step.action in before
            self.asked.update({f[1] for line in after if (f := INSTRUCTION.fullmatch(line))})
            self._compare(step.action, now, after, shapes)
            now = after
            before = list(dict.fromkeys([*after, *before]))[:MAX_LINES]
        for counts in (self.paid, self.tried, self.asked, self.answered, self.named):
            pruned(counts)
        for counts in (self.pays, self.brought, self.undone, self.done, self.shown):
            pruned(counts)

    def _answer(self, step: Step) -> None:
        """Words of an answer that may tell of a deed: "you fried the onion"."""
        verb, thing, other = parts(step.action)
        told = step.text.partition("\n")[0].split()[:2]
        self.shown.update(set(SHOWN_AS.findall(step.text)))
        if len(told) == 2 and told[0] == "you" and thing in step.text and other:
            shape = step.action.replace(thing, "{x}", 1)
            self.done[told[1], shape] += 1
            self.answered.update((form, shape) for form in sorted(plain(told[1]) | {verb}))

    def _compare(self, action: str, now: list[str], after: list[str], shapes: list[str]) -> None:
        """Whether an action made lines appear or vanish that a known rule speaks of."""
        old = [line for line in now if line not in after]
        if any(re.fullmatch(s, line) for s in shapes for line in after if line not in now):
            self.brought[ruling(action)] += 1
        elif after and len(old) <= len(now) / 2:
            self.undone[ruling(action)] += any(
                re.fullmatch(s, line) for s in shapes for line in old
            )

    def rules(self) -> list[tuple[str, str]]:
        """Rules that paid, the most often seen first."""
        good = {
            rule: count
            for rule, count in self.paid.items()
            if count >= 2 and count >= 0.25 * self.tried[rule]
        }
        return ranked(Counter(good))[:SHOWN]

    def told(self) -> list[tuple[str, str]]:
        """Rules by answers: a line that begins with a deed, and the action that does it."""
        found: dict[str, str] = {}
        for word, shape in ranked(self.answered):
            if word in self.asked:
                found.setdefault(word, shape)
        same = [shape for word, shape in found.items() if shape.split()[0] == word]
        for word in ranked(self.asked)[:SHOWN]:
            # Done by its own name, as others of its kind are.
            if word not in found and same:
                found[word] = " ".join([word, *same[0].split()[1:]])
        return [(f"{word} the {{x}}", found[word]) for word in sorted(found)][:SHOWN]

    def over(self, told: list[tuple[str, str]]) -> list[str]:
        """What need not be done again: an answer's word ("fried") is how a thing is told of."""
        shapes = {action for _, action in told}
        words = [(w, shape) for w, shape in sorted(self.done) if shape in shapes and self.shown[w]]
        article = {word: "an" if word[0] in "aeiou" else "a" for word, _ in words}
        return [f"when {article[w]} {w} {{x}} -> avoid: {shape}" for w, shape in words][:SHOWN]

    async def retrieve(self, **kwargs: Any) -> dict[str, list[str]]:
        """Rules with {x}, what is a means to them, and what is not to be done without them."""
        paid, told = self.rules(), self.told()
        # What answers tell of an action explains it: other lines of the same recipe only stood
        # beside, and an action that they call for as well would be done to the wrong things.
        explained_by_answers = {action for _, action in told}
        paid = [rule for rule in paid if rule[1] not in explained_by_answers]
        rules = [f"when {line} -> prefer: {action}" for line, action in told + paid]
        verbs = sorted({action.split()[0] for _, action in told})
        only = [f"avoid: {verb} <thing>" for verb in verbs]
        explained: Counter[str] = Counter()
        for rule in paid:
            what = kind(rule[1])
            explained[what] = max(explained[what], self.paid[rule])
        only += [f"avoid: {w}" for w in sorted(explained) if explained[w] >= 0.8 * self.pays[w]]
        lines = [a for a in ranked(self.named) if self.named[a] >= 2 and not lifted_any(a, told)]
        means = [w for w in ranked(self.brought) if self.brought[w] >= 2]
        means = [w for w in means if self.brought[w] > self.undone[w]]
        return {
            "rules": list(dict.fromkeys([*rules, *self.over(told)])),
            "means": [f"prefer: {what}" for what in [*means, *lines]][:SHOWN],
            "only": list(dict.fromkeys(only)),
        }


def lifted_any(action: str, rules: list[tuple[str, str]]) -> bool:
    """Whether one of the rules is of the same kind as an action."""
    return any(shape.split()[0] == action.split()[0] for _, shape in rules)


def view(text: str) -> list[str]:
    """The short lines of a text, in small letters."""
    lines = (line.strip().lower() for line in text.splitlines())
    short = (line for line in lines if line and len(line.split()) <= FEW_WORDS)
    # Numbers tell where things are just now, which instructs nothing.
    return [line for line in short if not re.search(r"\d", line)][:MAX_LINES]


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


class SightingLayer(Sub_memo_layer):
    """Where things were found, by the words of places and things."""

    def __init__(self) -> None:
        self.found: OrderedDict[str, Counter[str]] = OrderedDict()
        super().__init__(layer_intro="Keeps where things were found.", database=self.found)

    async def update(self, **kwargs: Any) -> None:
        """Take in every "on the desk 1, you see a pen 2 and a mug 1"."""
        for step in kwargs["steps"]:
            for place, things in PLACED.findall(step.text):
                for thing in sorted(set(NAMED.findall(things))):
                    self.found.setdefault(thing, Counter())[place] += 1
        while len(self.found) > 400:
            self.found.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> dict[str, list[str]]:
        """The usual places of the things that a goal names."""
        things = [thing for thing in self.found if names(kwargs["goal"], thing)]
        return {thing: ranked(self.found[thing])[:3] for thing in things}


class GroundedRules(MemoStructure):
    """Chains grounding, deeds, instructions and places."""

    def __init__(self) -> None:
        super().__init__()
        self.grounding = GroundingLayer()
        self.deeds = DeedLayer()
        self.instructions = InstructionLayer()
        self.places = SightingLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """What to do with what the goal names, then rules, then kinds of actions."""
        goal = task(recorder)
        table = self.deeds.table(goal[:MAX_TEXT])
        found: dict[str, Any] = {}
        places = await self.places.retrieve(goal=goal)
        steps, excepted = await self.grounding.retrieve(goal=goal, table=table, places=places)
        found["procedure"] = steps
        found.update(await self.instructions.retrieve())
        for line in found["means"]:
            verb, thing, _ = parts(line.removeprefix("prefer: "))
            if thing and thing != "<thing>":
                excepted.setdefault(f"{verb} <thing>", thing)
        called_for = {line.removeprefix("avoid: ") for line in found["only"]}
        tools = {tool for deed in self.grounding.verbs() for tool in self.grounding.tools(deed)}
        found["deeds"] = await self.deeds.retrieve(
            goal=goal, table=table, excepted=excepted, called_for=called_for, tools=tools
        )
        return {key: value for key, value in found.items() if value}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Let every layer read the episode."""
        await self.grounding.update(recorder=recorder)
        steps = walked(recorder, self.grounding.nameable)
        await self.deeds.update(recorder=recorder, steps=steps)
        await self.instructions.update(recorder=recorder, steps=steps)
        await self.places.update(steps=steps)
