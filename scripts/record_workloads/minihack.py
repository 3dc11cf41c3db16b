"""Record MiniHack episodes: seeded NetHack levels with a description in words.

    python -P scripts/record_workloads/minihack.py

Needs the packages ``nle`` and ``minihack`` (see README.md). Writes
envs/minihack/workload.json.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import sys
import types
from collections import Counter, deque
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# This file has the name of the package that it needs.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != HERE]


def _packaged_file(package: str, relative: str) -> str:
    spec = importlib.util.find_spec(package)
    return str(Path(spec.origin).parent / relative) if spec and spec.origin else ""


# The package asks setuptools for its files; newer setuptools no longer have the module.
sys.modules["pkg_resources"] = types.ModuleType("pkg_resources")
sys.modules["pkg_resources"].resource_filename = _packaged_file  # type: ignore[attr-defined]

import gymnasium  # noqa: E402
import minihack  # noqa: E402, F401  (registers the levels)

KEYS = ("tty_chars", "screen_descriptions", "blstats", "message", "inv_letters", "inv_strs")
OPTIONS = {
    **{"character": "@", "autopickup": False, "penalty_step": -1, "observation_keys": KEYS},
    **{"savedir": None, "save_ttyrec_every": 0, "fix_moon_phase": True},
}
GOAL = "Your goal is to win the game. In most levels that is to reach the stairs down."
# Levels with the step limit of the first player; the second has half of it, the third a third.
LEVELS = {
    **{"Room-5x5": 20, "MazeWalk-9x9": 30, "KeyRoom-S5": 10, "CorridorBattle": 40},
    **{"Corridor-R2": 60, "Quest-Easy": 14, "ExploreMaze-Easy": 30, "River": 12},
    **{"Room-Ultimate-5x5": 24},
}
# How often each player takes any action instead of the one that leads on.
SLIPS = (0.0, 0.25, 0.6)
WAYS = ["north", "east", "south", "west", "northeast", "southeast", "southwest", "northwest"]
SHIFTS = ((0, -1), (1, 0), (0, 1), (-1, 0), (1, -1), (1, 1), (-1, 1), (-1, -1))
COMPASS = dict(zip(WAYS, SHIFTS, strict=True))
COMMANDS = dict(
    re.findall(
        r"(\w+): ([^;]+)",
        "down: go down the stairs; wait: rest for a turn; apply: use a tool; close: close a door; "
        "drop: drop an item; eat: eat something; fire: fire the readied missile; "
        "kick: kick a door or something else; open: open a door; pickup: pick up what lies here; "
        "puton: put on an accessory; quaff: drink something; read: read a scroll or book; "
        "search: search for hidden things around; wear: put on armour; "
        "wield: take a weapon into the hand; zap: zap a wand",
    )
)
AROUND = re.findall(
    "[a-z]+",
    "north northnortheast northeast eastnortheast east eastsoutheast southeast southsoutheast "
    "south southsouthwest southwest westsouthwest west westnorthwest northwest northnorthwest",
)
NEARNESS = ("very far", "far", "near", "very near", "adjacent")
# What is told only where one of eight straight looks meets it.
SCENERY = re.compile(r".* wall|doorway|dark area|.* trap|$")
PLAIN = re.compile(r"floor of a room|(lit )?corridor|.* called Agent$")
BLOCKING = re.compile(r".* wall|dark area|boulder|water|molten lava|tree|iron bars|$")

Episode = dict[str, Any]
Cell = tuple[int, int]


def text_of(cells: Any) -> str:
    """Return the text in an array of bytes that ends at the first zero."""
    return bytes(cells).split(b"\0", 1)[0].decode("latin-1")


def screen(obs: dict[str, Any]) -> dict[Cell, str]:
    """Return what is on every cell of the map, by (x, y) of the terminal."""
    names: dict[Cell, str] = {}
    for y, row in enumerate(obs["screen_descriptions"], start=1):
        for x, cell in enumerate(row):
            name = re.sub(r"^(an?|the) ", "", text_of(cell)).replace("staircase", "stairs")
            if name == "wall":
                upright = chr(obs["tty_chars"][y][x]) == "|"
                name = f"{'vertical' if upright else 'horizontal'} wall"
            names[x, y] = "dark area" if name in ("", "dark part of a room") else name
    return names


def place(dx: int, dy: int) -> tuple[str, str]:
    """Return nearness and direction of a cell that is (dx, dy) away."""
    far = max(abs(dx), abs(dy))
    near = next(
        word for word, least in zip(NEARNESS, (20, 6, 3, 2, 1), strict=True) if far >= least
    )
    both = min(abs(dx), abs(dy))
    ns, ew = ("south" if dy > 0 else "north"), ("east" if dx > 0 else "west")
    straight = (ns if abs(dy) > both else "") + (ew if abs(dx) > both else "")
    return near, straight + (ns + ew if both else "")


def in_words(names: dict[Cell, str], own: Cell) -> str:
    """Describe things anywhere, and scenery along eight straight looks of nine cells."""
    found: Counter[tuple[str, str, str]] = Counter()
    for (x, y), name in names.items():
        if (x, y) != own and not SCENERY.fullmatch(name) and not PLAIN.fullmatch(name):
            found[name, *place(x - own[0], y - own[1])] += 1
    for dx, dy in COMPASS.values():
        for steps in range(1, 10):
            name = names.get((own[0] + dx * steps, own[1] + dy * steps), "dark area")
            if SCENERY.fullmatch(name):
                found[name, *place(dx * steps, dy * steps)] += 1
            if name.endswith("wall") or name == "dark area":
                break
    lines: dict[tuple[int, str], list[str]] = {}
    for (name, near, direction), count in found.items():
        shown = name + "s" * (count > 1 and not name.endswith("s"))
        lines.setdefault((NEARNESS.index(near), shown), []).append(direction)
    texts = []
    for (rank, name), directions in lines.items():
        ways = sorted(directions, key=AROUND.index)
        told = " and ".join(ways) if len(ways) < 3 else f"{', '.join(ways[:-1])}, and {ways[-1]}"
        texts.append((rank, AROUND.index(ways[0]), f"{name} {NEARNESS[rank]} {told}"))
    return "\n".join(text for _, _, text in sorted(texts))


def contexts(obs: dict[str, Any]) -> tuple[str, str]:
    """Return the long-term context (message to map) and the inventory."""
    names, own = screen(obs), (int(obs["blstats"][0]), int(obs["blstats"][1]) + 1)
    role = re.search(r"(\w+) called Agent", " ".join(names.values()))
    rows = [bytes(row).decode("latin-1").rstrip() for row in obs["tty_chars"]]
    long_term = (
        f"message:\n{text_of(obs['message'])}\n\nlanguage observation:\n{in_words(names, own)}\n\n"
        f"cursor:\nYourself a {role[1] if role else 'adventurer'}\n(x={own[0]}, y={own[1]})\n\n"
        "map:\n" + "\n".join(rows[1:])
    )
    items = zip(obs["inv_letters"], obs["inv_strs"], strict=True)
    return long_term, "\n".join(
        f"{chr(letter)}: {text_of(item)}" for letter, item in items if letter
    )


class Player:
    """Walks to the stairs where it sees them, else to the edge of what it knows."""

    def __init__(self, actions: list[str], rng: random.Random, slip: float) -> None:
        self._actions, self._rng, self._slip = actions, rng, slip
        self._visited: Counter[Cell] = Counter()
        self._failed: set[tuple[Cell, str]] = set()
        self._last: tuple[Cell, str] | None = None

    def choose(self, obs: dict[str, Any]) -> str:
        """Return one of the actions."""
        names, own = screen(obs), (int(obs["blstats"][0]), int(obs["blstats"][1]) + 1)
        self._visited[own] += 1
        if self._last and self._last[0] == own:
            self._failed.add(self._last)
        action = self._way(names, own)
        if "direction" in text_of(obs["message"]):
            action = self._rng.choice(WAYS)
        elif not action or self._rng.random() < self._slip:
            usable = [*WAYS, "search", "kick", "pickup"]
            action = self._rng.choice([name for name in usable if name in self._actions])
        self._last = own, action
        return action

    def _way(self, names: dict[Cell, str], own: Cell) -> str:
        """Return the first move of a shortest way, or an empty string."""
        first = {own: ""}
        queue, best = deque([own]), (0, "")
        while queue:
            cell = queue.popleft()
            worth = 2 * (not self._visited[cell])
            near = [(cell[0] + dx, cell[1] + dy) for dx, dy in COMPASS.values()]
            worth += any(names.get(other) == "dark area" for other in near) * bool(worth)
            worth = 9 if names[cell] == "stairs down" and cell != own else worth
            best = max(best, (worth, first[cell]), key=lambda pair: pair[0])
            for (action, _), other in zip(COMPASS.items(), near, strict=True):
                fits = other not in first and (cell, action) not in self._failed
                if fits and not BLOCKING.fullmatch(names.get(other, "")):
                    first[other] = first[cell] or action
                    queue.append(other)
        return best[1]


def play(level: str, seed: int, limit: int, slip: float) -> Episode:
    """Play one level to its end or to the step limit and return the recorder."""
    env = gymnasium.make(f"MiniHack-{level}-v0", disable_env_checker=True, **OPTIONS)
    nethack: Any = env.unwrapped
    # A seed given to reset does not reach NetHack.
    nethack.seed(seed, seed + 1, reseed=False, lgen=seed + 2)
    numbers: dict[str, int] = {}
    for number, key in enumerate(nethack.actions):
        name = str(key.name).lower()
        if type(key).__name__.startswith("Compass"):
            name = ("far " if "Longer" in type(key).__name__ else "") + WAYS[number % 8]
        numbers[name] = number
    said = {name: f"move {name}" for name in numbers if name.split()[-1] in COMPASS}
    said |= {name: text for name, text in COMMANDS.items() if name in numbers}
    player = Player(list(said), random.Random(seed), slip)
    obs, _ = env.reset()
    long_term, short_term = contexts(obs)
    init: Episode = {"long_term_context": long_term, "short_term_context": short_term}
    init |= {"action_dict": said, "goal": GOAL}
    episode: Episode = {"init": init, "steps": [], "reward": 0.0}
    done = False
    while not done and len(episode["steps"]) < limit:
        action = player.choose(obs)
        obs, reward, ended, cut, info = env.step(numbers[action])
        done = bool(ended or cut)
        long_term, short_term = contexts(obs)
        step: Episode = {"action_took": action, "long_term_context": long_term}
        step |= {"short_term_context": short_term, "scores": float(reward), "dones": done}
        episode["steps"].append(step)
        episode["reward"] = float(info["end_status"] == 2)
    env.close()
    return episode


def main() -> None:
    """Record all episodes and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=HERE.parents[1] / "envs/minihack/workload.json"
    )
    output: Path = parser.parse_args().output
    episodes = []
    for number, slip in enumerate(SLIPS):
        for column, (level, limit) in enumerate(LEVELS.items()):
            seed = 23 + 100 * number + column
            episodes.append(play(level, seed, limit // (number + 1), slip))
    document = {"schema": "alma-safe/workload/v1", "domain": "minihack", "episodes": episodes}
    document["how"] = (
        f"Played in the packages nle {version('nle')} and minihack {version('minihack')} by "
        f"scripts/record_workloads/minihack.py: {len(episodes)} episodes of {len(LEVELS)} levels "
        f"({', '.join(LEVELS)}) with NetHack itself seeded, at most "
        f"{max(LEVELS.values())} steps. A seeded agent walks to the stairs that it "
        "sees or else to the edge of what it knows; in each third of the file it takes any action "
        "in 0, 25 or 60 percent of the steps. The words around the map are made by the script "
        "from the cells' descriptions. scores is the reward of the step, -1 where no time passed."
    )
    output.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
