"""Record TextWorld episodes: treasure hunts and cooking games, played in the real engine.

    python -P scripts/record_workloads/textworld.py

Needs the package ``textworld`` (see README.md). Writes envs/textworld/workload.json.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# This file has the name of the package that it needs.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != HERE]

import textworld  # noqa: E402
import textworld.challenges  # noqa: E402
import textworld.generator  # noqa: E402

MAX_STEPS = 40
INFOS = textworld.EnvInfos(
    objective=True,
    admissible_commands=True,
    score=True,
    max_score=True,
    won=True,
    extras=["walkthrough"],
)
# How much an exploring player likes a verb before it has tried the command.
LIKING = {
    "go": 3.0,
    "open": 2.5,
    "unlock": 4.0,
    "take": 1.5,
    "examine": 1.0,
    "cook": 0.8,
    "slice": 0.8,
    "chop": 0.8,
    "dice": 0.8,
    "prepare": 3.0,
    "eat": 0.3,
}
OTHERWISE = 0.2

Episode = dict[str, Any]


def plan() -> list[tuple[str, dict[str, Any], int, str]]:
    """Return (challenge, settings, seed, player) of every episode, in the order of the file."""
    games: list[tuple[str, dict[str, Any]]] = []
    for number in range(14):
        games.append(("tw-treasure_hunter", {"level": (5, 8, 11, 13, 15, 18, 20)[number % 7]}))
        ingredients = 1 + number % 3
        settings = {
            "recipe": ingredients,
            "take": ingredients,
            "go": 6 if number % 2 else 1,
            "open": number % 4 != 0,
            "cook": number % 3 != 1,
            "cut": number % 3 == 2,
            "drop": False,
            "recipe_seed": 100 + number,
            "split": "train",
        }
        games.append(("tw-cooking", settings))
    return [
        (name, settings, 3000 + 17 * number, "guided" if number % 7 in (1, 4) else "exploring")
        for number, (name, settings) in enumerate(games)
    ]


def make(name: str, settings: dict[str, Any], seed: int, folder: Path) -> Path:
    """Generate and compile one game; a seed without a quest passes on to the next one."""
    _, build, _ = textworld.challenges.CHALLENGES[name]
    while True:
        options = textworld.GameOptions()
        options.seeds = seed
        options.path = str(folder / f"{name}-{seed}.z8")
        options.file_ext = ".z8"
        options.force_recompile = True
        # Without it the objective spells out every command of the solution.
        options.grammar.only_last_action = True
        try:
            game = build(settings, options)
        except textworld.generator.QuestGenerationError:
            seed += 1
            continue
        return Path(textworld.generator.compile_game(game, options))


def told(feedback: str) -> str:
    """Return what the game says, without the prompt and the status bar behind it."""
    return feedback.split("\n>", 1)[0].strip()


def words_of(text: str) -> set[str]:
    """Return the words that may name things, in small letters."""
    return {word.strip(".,!").lower() for word in text.split() if len(word) > 3}


class Player:
    """Picks an admissible command, at best one that this room has not seen yet."""

    def __init__(self, goal: str, rng: random.Random) -> None:
        self._goal = words_of(goal)
        self._rng = rng
        self._tried: Counter[tuple[str, str]] = Counter()

    def read(self, obs: str) -> None:
        """Take over the words of a recipe, once there is one to read."""
        if "Ingredients:" in obs:
            self._goal |= words_of(obs.split("Ingredients:", 1)[1])

    def choose(self, room: str, commands: list[str]) -> str:
        """Return one of the commands."""
        weights = []
        for command in commands:
            words = command.split()
            weight = LIKING.get(words[0], OTHERWISE)
            if self._goal & set(words[1:]):
                weight *= 3.0
            weights.append(weight / (1 + self._tried[room, command]) ** 2)
        command = self._rng.choices(commands, weights)[0]
        self._tried[room, command] += 1
        return command


def with_detours(walkthrough: list[str], rng: random.Random, *, limit: int) -> list[str]:
    """Return the walkthrough with a few commands between that change nothing."""
    commands = list(walkthrough)
    for _ in range(min(rng.randint(0, 5), limit - len(commands))):
        commands.insert(rng.randint(0, len(commands) - 1), rng.choice(["look", "inventory"]))
    return commands


def play(path: Path, player: str, rng: random.Random) -> Episode:
    """Play one game to its end or to the step limit and return the recorder."""
    env = textworld.start(str(path), INFOS)
    state = env.reset()
    goal = state["objective"]
    obs = room = told(state["feedback"].split(goal, 1)[1])
    explorer = Player(goal, rng)
    script: list[str] = []
    if player == "guided":
        script = with_detours(state["extra.walkthrough"], rng, limit=MAX_STEPS)
    episode: Episode = {"init": {"obs": obs, "goal": goal}, "steps": [], "reward": 0.0}
    done = False
    while not done and len(episode["steps"]) < MAX_STEPS:
        commands = sorted(state["admissible_commands"])
        command = script.pop(0) if script else explorer.choose(room.split("\n", 1)[0], commands)
        state, _, done = env.step(command)
        obs = told(state["feedback"])
        explorer.read(obs)
        room = obs if obs.startswith("-=") else room
        share = max(state["score"] / state["max_score"], float(state["won"]))
        step = {"action_took": command, "obs": obs, "scores": share, "dones": bool(done)}
        episode["steps"].append(step)
        episode["reward"] = share
    env.close()
    return episode


def main() -> None:
    """Record all episodes and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=HERE.parents[1] / "envs/textworld/workload.json"
    )
    output: Path = parser.parse_args().output
    episodes, guided = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for name, settings, seed, player in plan():
            path = make(name, settings, seed, Path(folder))
            episodes.append(play(path, player, random.Random(seed)))
            guided += player == "guided"
    how = (
        f"Played in the engine of the package textworld {version('textworld')} by "
        f"scripts/record_workloads/textworld.py: {len(episodes)} games generated from fixed seeds, "
        "in turn a treasure hunt of level 5 to 20 and a cooking game of 1 to 3 ingredients "
        f"(only_last_action), at most {MAX_STEPS} steps. {guided} are the walkthrough with up to "
        "five looks around; the others are a seeded agent that picks admissible commands, the new "
        "ones and those with words of the goal or the recipe rather. Observations are cut before "
        "the prompt and, at the start, behind the objective. scores is the score as a share of "
        "the maximum."
    )
    document = {
        "schema": "alma-safe/workload/v1",
        "domain": "textworld",
        "how": how,
        "episodes": episodes,
    }
    output.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
