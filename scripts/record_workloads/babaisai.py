"""Record Baba Is AI episodes in our own writing of the game (envs/babaisai/game.py).

    python -m scripts.record_workloads.babaisai

Needs nothing but Python. Writes envs/babaisai/workload.json.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import deque
from pathlib import Path
from typing import Any

from envs.babaisai.game import MOVES, Game, Piece, block, text_of, thing

MAX_STEPS = 20
GOAL = "Reach an object that is WIN. The rules can be changed by pushing the word blocks."
THINGS = ("ball", "key", "door")

Episode = dict[str, Any]

BROKEN = "[...] IS YOU rule was broken, environment reset"


def build(two_rooms: bool, make: bool, rng: random.Random) -> Game:
    """Return a level of one or two rooms; with ``make`` the WIN rule must be put together."""
    first, second, third = rng.sample(THINGS, 3)
    level = Game(13, 9) if two_rooms else Game(8, 8)

    def put(piece: Piece, columns: range, rows: range) -> None:
        free = [(x, y) for y in rows for x in columns if not level.stacks[x, y]]
        level.lay(*rng.choice(free), piece)

    def write(x: int, y: int, words: str) -> None:
        level.lay(x, y, *(None if word == "." else block(word) for word in words.split()))

    if not two_rooms:
        write(1, 6, "baba is you")
        write(1, 1, f"{'.' if make else first} is win")
        if make:
            put(block(first), range(2, 6), range(2, 6))
        if rng.random() < 0.5:
            write(6, rng.randint(1, 6), rng.choice((second, third)))
        for name in ("baba", first, second)[: 2 + rng.randint(0, 1)]:
            put(thing(name), range(1, 7), range(2, 7))
        return level.begin()
    for row in range(1, 8):
        level.lay(6, row, thing("wall"))
    write(1, 7, "baba is you")
    write(9, 1, f"{'.' if make else first} is win")
    intact = not make and rng.random() < 0.5
    write(1, 2, "wall is stop" if intact else rng.choice(("wall is .", "wall . stop")))
    if not intact:
        put(block("stop" if level.top((2, 2)) else "is"), range(2, 6), range(3, 6))
    if make:
        put(block(first), range(7, 11), range(3, 6))
    put(thing("baba"), range(2, 6), range(3, 6))
    for name in (first, second)[: 1 + rng.randint(0, 1)]:
        put(thing(name), range(7, 11) if intact else range(1, 5), range(2, 8))
    return level.begin()


def solve(level: Game, cap: int = 60_000) -> list[str] | None:
    """Return a shortest plan that fits into the step limit, or None."""
    queue: deque[tuple[Game, list[str]]] = deque([(level, [])])
    seen: set[Any] = set()
    while queue and len(seen) < cap:
        now, plan = queue.popleft()
        for action in list(MOVES)[1:] if len(plan) < MAX_STEPS else []:
            then = now.copy()
            then.step(action)
            if then.won:
                return [*plan, action]
            key = tuple(tuple((p.kind, p.name) for p in stack) for stack in then.stacks.values())
            if key not in seen:
                seen.add(key)
                queue.append((then, [*plan, action]))
    return None


def play(level: Game, script: list[str], rng: random.Random) -> Episode:
    """Follow a script, then wander, mostly straight on; return the recorder."""
    start = level.copy()
    episode: Episode = {"init": {"obs": text_of(level), "goal": GOAL}, "steps": [], "reward": 0.0}
    action = rng.choice(list(MOVES)[1:])
    while not level.won and len(episode["steps"]) < MAX_STEPS:
        if script:
            action = script.pop(0)
        elif rng.random() < 0.45:
            action = rng.choices(list(MOVES), (1, 5, 5, 5, 5))[0]
        level.step(action)
        seen = text_of(level) or BROKEN
        step = {"action_took": action, "obs": seen, "scores": level.reward, "dones": level.won}
        episode["steps"].append(step)
        if seen == BROKEN:
            level = start.copy()
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
            ahead = level.copy()
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
