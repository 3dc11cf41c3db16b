"""Record Baba Is AI episodes in a small re-statement of the game's rules.

    python scripts/record_workloads/babaisai.py

Needs nothing but Python: the game is in no package index, so that its rules, levels and
texts are written down here again. Writes envs/babaisai/workload.json.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_STEPS = 20
# The game's own limit, by which it scales the reward.
FULL_GAME = 100
GOAL = "Reach an object that is WIN. The rules can be changed by pushing the word blocks."
MOVES = {"idle": (0, 0), "up": (0, -1), "right": (1, 0), "down": (0, 1), "left": (-1, 0)}
THINGS = ("ball", "key", "door")
PROPERTIES = ("you", "stop", "win")
EDGE = "edge"

Cell = tuple[int, int]
Episode = dict[str, Any]


class Level:
    """A grid of stacks. Things are lower-case names, word blocks begin with "rule "."""

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        ring = (0, width - 1), (0, height - 1)
        self.stacks: dict[Cell, list[str]] = {
            (x, y): [EDGE] if x in ring[0] or y in ring[1] else []
            for y in range(height)
            for x in range(width)
        }
        self.won, self.time = False, 0
        self.active: list[tuple[str, str]] = []

    def top(self, cell: Cell) -> str:
        """Return what is seen in a cell, or an empty string."""
        return self.stacks[cell][-1] if self.stacks[cell] else ""

    def write(self, x: int, y: int, text: str) -> None:
        """Lay a row of word blocks; a dot leaves its cell empty."""
        for offset, word in enumerate(text.split()):
            if word != ".":
                self.stacks[x + offset, y] = [f"rule {word}"]

    def rules(self) -> list[tuple[str, str]]:
        """Return (noun, property or noun) of every active rule, in the order of the map."""
        found = []
        for (x, y), stack in self.stacks.items():
            if stack and stack[-1] == "rule is":
                for before, after in (((x - 1, y), (x + 1, y)), ((x, y - 1), (x, y + 1))):
                    noun, word = self.top(before), self.top(after)
                    pair = noun.removeprefix("rule "), word.removeprefix("rule ")
                    is_rule = noun.startswith("rule ") and word.startswith("rule ")
                    if is_rule and pair[0] not in (*PROPERTIES, "is") and pair[1] != "is":
                        found.append(pair)
        return found

    def has(self, name: str, what: str) -> bool:
        """Tell whether a thing has a property in this step."""
        return (name, what) in self.active

    def step(self, action: str) -> None:
        """Let every thing that is YOU make one move."""
        self.time += 1
        if action == "idle":
            return
        self.active = self.rules()
        movers = [c for c, stack in self.stacks.items() if stack and self.has(stack[-1], "you")]
        moved: set[Cell] = set()
        for cell in movers:
            if cell not in moved and self.has(self.top(cell), "you"):
                moved.add(self._move(cell, MOVES[action]))
        for noun, word in self.rules():
            for stack in self.stacks.values() if word not in PROPERTIES else ():
                # What turns into another thing stays below it.
                stack.extend([word] if stack and stack[-1] == noun else [])

    def _move(self, cell: Cell, by: Cell) -> Cell:
        ahead = cell[0] + by[0], cell[1] + by[1]
        name = self.top(cell)
        if self.top(ahead).startswith("rule "):
            self._move(ahead, by)
        other = self.top(ahead)
        solid = other == EDGE or other.startswith("rule ") or self.has(other, "stop")
        end = cell if solid else ahead
        if not name.startswith("rule "):
            # Judged before the mover arrives; one that is blocked stands on itself.
            self.won = self.has(self.top(end), "win")
        self.stacks[end].append(self.stacks[cell].pop())
        return end

    def text(self) -> str:
        """Describe rules and things as seen from the first thing that is YOU."""
        rules = self.rules()
        you = [noun for noun, word in rules if word == "you"][-1:]
        own = next((c for c, stack in self.stacks.items() if stack and stack[-1] in you), None)
        if own is None:
            return "[...] IS YOU rule was broken, environment reset"
        shown = [f"{noun} is {word}" for noun, word in rules if word in PROPERTIES]
        lines = ["Active rules:", *shown]
        lines += ["", "Objects on the map:"]
        for (x, y), stack in self.stacks.items():
            name = stack[-1] if stack else EDGE
            if name not in (EDGE, "baba", "rule baba"):
                where = " and ".join(distances(x - own[0], y - own[1]))
                block = name.removeprefix("rule ")
                shown_as = name if block == name else f"rule `{block}`"
                lines.append(f"{shown_as} {where}" if where else "")
        return "\n".join(lines)


def distances(right: int, down: int) -> Iterator[str]:
    """Yield the parts of a place; only right and down know a plural, as in the game."""
    for steps, ahead, back in ((right, "to the right", "to the left"), (down, "down", "up")):
        if steps:
            yield f"{abs(steps)} {'steps' if steps > 1 else 'step'} {ahead if steps > 0 else back}"


def build(two_rooms: bool, make: bool, rng: random.Random) -> Level:
    """Return a level of one or two rooms; with ``make`` the WIN rule must be put together."""
    first, second, third = rng.sample(THINGS, 3)
    level = Level(13, 9) if two_rooms else Level(8, 8)

    def put(name: str, columns: range, rows: range) -> None:
        free = [(x, y) for y in rows for x in columns if not level.stacks[x, y]]
        level.stacks[rng.choice(free)].append(name)

    if not two_rooms:
        level.write(1, 6, "baba is you")
        level.write(1, 1, f"{'.' if make else first} is win")
        if make:
            put(f"rule {first}", range(2, 6), range(2, 6))
        if rng.random() < 0.5:
            level.write(6, rng.randint(1, 6), rng.choice((second, third)))
        for name in ("baba", first, second)[: 2 + rng.randint(0, 1)]:
            put(name, range(1, 7), range(2, 7))
        return level
    for row in range(1, 8):
        level.stacks[6, row].append("wall")
    level.write(1, 7, "baba is you")
    level.write(9, 1, f"{'.' if make else first} is win")
    intact = not make and rng.random() < 0.5
    level.write(1, 2, "wall is stop" if intact else rng.choice(("wall is .", "wall . stop")))
    if not intact:
        put("rule stop" if level.top((2, 2)) else "rule is", range(2, 6), range(3, 6))
    if make:
        put(f"rule {first}", range(7, 11), range(3, 6))
    put("baba", range(2, 6), range(3, 6))
    for name in (first, second)[: 1 + rng.randint(0, 1)]:
        put(name, range(7, 11) if intact else range(1, 5), range(2, 8))
    return level


def solve(level: Level, cap: int = 60_000) -> list[str] | None:
    """Return a shortest plan that fits into the step limit, or None."""
    queue, seen = deque([(level, [])]), set()
    while queue and len(seen) < cap:
        now, plan = queue.popleft()
        for action in list(MOVES)[1:] if len(plan) < MAX_STEPS else []:
            then = copy.copy(now)
            then.stacks = {cell: list(stack) for cell, stack in now.stacks.items()}
            then.step(action)
            if then.won:
                return [*plan, action]
            key = tuple(tuple(stack) for stack in then.stacks.values())
            if key not in seen:
                seen.add(key)
                queue.append((then, [*plan, action]))
    return None


def play(level: Level, script: list[str], rng: random.Random) -> Episode:
    """Follow a script, then wander, mostly straight on; return the recorder."""
    start = copy.deepcopy(level)
    episode: Episode = {"init": {"obs": level.text(), "goal": GOAL}, "steps": [], "reward": 0.0}
    action = rng.choice(list(MOVES)[1:])
    while not level.won and len(episode["steps"]) < MAX_STEPS:
        if script:
            action = script.pop(0)
        elif rng.random() < 0.45:
            action = rng.choices(list(MOVES), (1, 5, 5, 5, 5))[0]
        level.step(action)
        score = 1 - 0.9 * level.time / FULL_GAME if level.won else 0.0
        step = {"action_took": action, "obs": level.text(), "scores": score, "dones": level.won}
        episode["steps"].append(step)
        if "environment reset" in step["obs"]:
            level = copy.deepcopy(start)
    episode["reward"] = float(level.won)
    return episode


def main() -> None:
    """Record all episodes and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--output", type=Path, default=root / "envs" / "babaisai" / "workload.json")
    output: Path = parser.parse_args().output
    episodes = []
    for number in range(32):
        rng = random.Random(500 + number)
        level = build(number % 4 > 1, number % 2 == 1, rng)
        script: list[str] = []
        if number % 8 in (0, 1, 2, 5):
            script = [rng.choice(("idle", "left", "right")) for _ in range(rng.randint(0, 2))]
            ahead = copy.deepcopy(level)
            for action in script:
                ahead.step(action)
            script += solve(ahead) or []
        episodes.append(play(level, script, rng))
    document = {
        "schema": "alma-safe/workload/v1",
        "domain": "babaisai",
        "how": "Played in scripts/record_workloads/babaisai.py, which states the rules, the levels "
        "and the texts of Baba Is AI again from a description of them: the game itself is in no "
        f"package index and was not run. {len(episodes)} levels with fixed seeds of one or two "
        "rooms, half of them with a WIN rule that must be put together, at most "
        f"{MAX_STEPS} steps. Up to half are a shortest plan behind up to two wasted steps, the "
        "others a seeded agent that wanders. scores is the reward of the step.",
        "episodes": episodes,
    }
    output.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
