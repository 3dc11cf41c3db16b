"""Record MiniHack episodes: seeded NetHack levels with a description in words.

    python -m scripts.record_workloads.minihack

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

from envs.minihack.words import COMPASS, WAYS, Cell, contexts, own_cell, screen, text_of

ROOT = Path(__file__).resolve().parents[2]


def _packaged_file(package: str, relative: str) -> str:
    spec = importlib.util.find_spec(package)
    return str(Path(spec.origin).parent / relative) if spec and spec.origin else ""


# The package asks setuptools for its files; newer setuptools no longer have the module.
sys.modules["pkg_resources"] = types.ModuleType("pkg_resources")
sys.modules["pkg_resources"].resource_filename = _packaged_file  # type: ignore[attr-defined]

import gymnasium  # noqa: E402
import minihack  # noqa: E402, F401  (registers the levels)

KEYS = ("tty_chars", "screen_descriptions", "blstats", "message", "inv_letters", "inv_strs")
OPTIONS: dict[str, Any] = {
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
BLOCKING = re.compile(r".* wall|dark area|boulder|water|molten lava|tree|iron bars|$")

Episode = dict[str, Any]


class Player:
    """Walks to the stairs where it sees them, else to the edge of what it knows."""

    def __init__(self, actions: list[str], rng: random.Random, slip: float) -> None:
        self._actions, self._rng, self._slip = actions, rng, slip
        self._visited: Counter[Cell] = Counter()
        self._failed: set[tuple[Cell, str]] = set()
        self._last: tuple[Cell, str] | None = None

    def choose(self, obs: dict[str, Any]) -> str:
        """Return one of the actions."""
        names, own = screen(obs), own_cell(obs)
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
    long_term, short_term = contexts(obs, screen(obs))
    init: Episode = {"long_term_context": long_term, "short_term_context": short_term}
    init |= {"action_dict": said, "goal": GOAL}
    episode: Episode = {"init": init, "steps": [], "reward": 0.0}
    done = False
    while not done and len(episode["steps"]) < limit:
        action = player.choose(obs)
        obs, reward, ended, cut, info = env.step(numbers[action])
        done = bool(ended or cut)
        long_term, short_term = contexts(obs, screen(obs))
        step: Episode = {"action_took": action, "long_term_context": long_term}
        step |= {"short_term_context": short_term, "scores": float(reward), "dones": done}
        episode["steps"].append(step)
        episode["reward"] = float(info["end_status"] == 2)
    nethack.close()
    return episode


def main() -> None:
    """Record all episodes and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "envs/minihack/workload.json")
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
