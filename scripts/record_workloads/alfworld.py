"""Record ALFWorld episodes: generated rooms, played in the real engine.

    python -P scripts/record_workloads/alfworld.py

Needs the packages ``alfworld`` and ``pyyaml`` (see README.md). They bring rules and
sentences but no games: the rooms are made here. Writes envs/alfworld/workload.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
# This file has the name of the package that it needs.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != HERE]
# The import makes this folder; nothing is read from it.
os.environ.setdefault("ALFWORLD_DATA", str(Path(tempfile.gettempdir()) / "alfworld-data"))

import alfworld.gen.constants as known  # noqa: E402
from alfworld.agents.environment.alfred_tw_env import AlfredDemangler  # noqa: E402
from alfworld.gen.goal_library import gdict  # noqa: E402
from alfworld.info import ALFRED_PDDL_PATH, ALFRED_TWL2_PATH  # noqa: E402
from textworld import EnvInfos  # noqa: E402
from textworld.envs.pddl import PddlEnv  # noqa: E402

MAX_STEPS = 30
TASKS = tuple(kind for kind in gdict if kind in known.GOALS_VALID and "movable" not in kind)
# How often a player forgets its plan; 1.0 never has one.
SLIPS = (0.0, 0.3, 0.8, 0.1, 0.5)
# Least and most of each receptacle class per kind of room.
ROOMS = {
    "Kitchen": "Cabinet 2-5 CounterTop 1-2 Drawer 1-3 Fridge 1-1 Microwave 1-1 SinkBasin 1-1 "
    "StoveBurner 1-2 CoffeeMachine 1-1 GarbageCan 1-1 DiningTable 0-1",
    "LivingRoom": "ArmChair 1-2 CoffeeTable 1-1 Sofa 1-1 SideTable 1-2 Drawer 1-4 Shelf 1-3 "
    "GarbageCan 1-1 TVStand 0-1",
    "Bedroom": "Bed 1-1 Desk 1-2 Drawer 2-5 Dresser 0-1 Shelf 1-3 SideTable 1-2 GarbageCan 1-1",
    "Bathroom": "Cabinet 2-4 CounterTop 1-1 SinkBasin 1-2 Toilet 1-1 ToiletPaperHanger 1-1 "
    "HandTowelHolder 1-2 GarbageCan 1-1 Shelf 0-2",
}
ABLE = {"clean": "Cleanable", "heat": "Heatable", "cool": "Coolable"}
APPLIANCE = {"clean": "SinkBasin", "heat": "Microwave", "cool": "Fridge"}
LAMP = "DeskLamp"
FIXED = {LAMP, "FloorLamp", *known.RECEPTACLES}
NEVER_SOURCES = ("SinkBasin", "GarbageCan", "Toilet")

Episode = dict[str, Any]


class Item(NamedTuple):
    """A receptacle, or an object with the receptacle ``at`` which it lies."""

    id: str
    cls: str
    at: str = ""


class Task(NamedTuple):
    """What is wanted. ``verb``: clean, heat, cool or empty; the last three may be empty."""

    kind: str
    target: str
    verb: str
    goal: str
    lamp: str


def item_id(cls: str, rng: random.Random) -> str:
    """Return an id in the simulator's spelling, which the engine turns into "apple 1"."""
    parts = [cls.replace("Basin", "")]
    parts += [f"{rng.choice('+-')}{rng.random() * 3:05.2f}" for _ in range(3)]
    parts += [cls] if "Basin" in cls else []
    text = "_bar_".join(parts)
    return text.replace("+", "_plus_").replace("-", "_minus_").replace(".", "_dot_")


def room(kind: str, rng: random.Random) -> tuple[Task, list[Item], list[Item]]:
    """Return a task with the receptacles and objects of a room in which it can be done."""
    verb = next((name for name in ABLE if f"_{name}_" in kind), "")
    while True:
        name = rng.choice(sorted(known.GOALS_VALID[kind] & ROOMS.keys()))
        scene, words = rng.choice(list(known.SCENE_TYPE[name])), ROOMS[name].split()
        layout = Path(known.__file__).parent / "layouts" / f"FloorPlan{scene}-objects.json"
        places: list[Item] = []
        for cls, bounds in zip(words[::2], words[1::2], strict=True):
            least, most = map(int, bounds.split("-"))
            places += [Item(item_id(cls, rng), cls) for _ in range(rng.randint(least, most))]
        holds = {place.cls: known.VAL_RECEPTACLE_OBJECTS[place.cls] for place in places}
        sources = {cls: names for cls, names in holds.items() if cls not in NEVER_SOURCES}
        loose = {name for names in sources.values() for name in names}
        loose &= set(json.loads(layout.read_text("utf-8"))) - FIXED
        targets = loose & set(known.VAL_ACTION_OBJECTS[ABLE[verb]]) if verb else loose
        target = rng.choice(sorted(targets) or [""])
        goals = {cls for cls in holds if target in holds[cls]} - {APPLIANCE.get(verb, "")}
        lamp = LAMP if kind.startswith("look") else ""
        goal = "" if lamp or not goals else rng.choice(sorted(goals))
        if not target or not (lamp or goal):
            continue
        wanted = [target] * (2 if "two" in kind else 1)
        others = rng.sample(sorted(loose - {target}), min(12, len(loose) - 1))
        objects = []
        for name in wanted + others:
            spots = [p for p in places if name in sources.get(p.cls, ()) and p.cls != goal]
            if spots:
                objects.append(Item(item_id(name, rng), name, rng.choice(spots).id))
        if [thing.cls for thing in objects].count(target) < len(wanted):
            continue
        if lamp:
            tables = [p.id for p in places if p.cls in ("Desk", "SideTable", "CoffeeTable")]
            objects.append(Item(item_id(lamp, rng), lamp, rng.choice(tables)))
        return Task(kind, target, verb, goal, lamp), places, objects


def facts(places: list[Item], objects: list[Item]) -> list[str]:
    """Return the starting state as the planner's facts."""
    spot = {place.id: f"loc_bar_{number}" for number, place in enumerate(places)}
    lines = ["(= (total-cost) 0)", "(atLocation agent1 loc_bar_99)"]
    for place in places:
        lines.append(f"(receptacleType {place.id} {place.cls}Type)")
        lines.append(f"(receptacleAtLocation {place.id} {spot[place.id]})")
        lines += [f"(openable {place.id})"] * (place.cls in known.OPENABLE_CLASS_SET)
    for thing in objects:
        lines.append(
            f"(objectType {thing.id} {thing.cls}Type) (inReceptacle {thing.id} {thing.at})"
        )
        lines.append(f"(objectAtLocation {thing.id} {spot[thing.at]})")
        lines.append(f"({'toggleable' if thing.cls == LAMP else 'pickupable'} {thing.id})")
        for able in ABLE.values():
            lines += [f"({able.lower()} {thing.id})"] * (
                thing.cls in known.VAL_ACTION_OBJECTS[able]
            )
    for cls in sorted({place.cls for place in places}):
        names = sorted(known.VAL_RECEPTACLE_OBJECTS[cls])
        lines += [f"(canContain {cls}Type {name}Type)" for name in names]
    return lines


def game(task: Task, places: list[Item], objects: list[Item], rng: random.Random) -> dict[str, Any]:
    """Return the content of a game file."""
    names = {"obj": task.target, "recep": task.goal, "toggle": task.lamp, "mrecep": ""}
    wish = gdict[task.kind]["pddl"].format(**names).replace("#", "-").rstrip()
    said = rng.choice(gdict[task.kind]["templates"])
    sentence = said.format(**{key: name.lower() for key, name in names.items()})
    held = {name for place in places for name in known.VAL_RECEPTACLE_OBJECTS[place.cls]}
    types = {
        "otype": [f"{name}Type" for name in sorted(held | {thing.cls for thing in objects})],
        "rtype": [f"{name}Type" for name in sorted({place.cls for place in places})],
        "object": [thing.id for thing in objects],
        "receptacle": [place.id for place in places],
        "location": [f"loc_bar_{number}" for number in [*range(len(places)), 99]],
    }
    # The planner insists on this order of the sections; the wish closes one bracket too many.
    problem = ["(define (problem room)", "(:domain alfred)", "(:objects", "agent1 - agent"]
    problem += [f"{name} - {kind}" for kind, group in types.items() for name in group]
    problem += [")", "(:init", *facts(places, objects), ")", wish.removesuffix(")")]
    problem += ["(:metric minimize (total-cost))", ")"]
    return {
        "pddl_domain": Path(ALFRED_PDDL_PATH).read_text("utf-8"),
        "grammar": Path(ALFRED_TWL2_PATH).read_text("utf-8").replace("UNKNOWN GOAL", sentence),
        "pddl_problem": "\n".join(problem),
    }


class Player:
    """Searches the room with a plan, from which it slips now and then."""

    def __init__(self, task: Task, rng: random.Random, slip: float) -> None:
        self._task, self._rng, self._slip = task, rng, slip
        self._held = ""
        self._ready = not task.verb
        self._tried: Counter[str] = Counter()

    def see(self, obs: str) -> None:
        """Take in what the last command did."""
        if found := re.match(r"You pick up the (.+?) from", obs):
            self._held = found[1]
        elif obs.startswith("You move the "):
            self._held = ""
        elif re.match(r"You (clean|heat|cool) the ", obs):
            self._ready = True

    def choose(self, commands: list[str]) -> str:
        """Return one of the commands, at best one that the plan asks for."""
        keen = [3.0 if command.startswith(("go", "open", "take")) else 1.0 for command in commands]
        fresh = [like / (1 + self._tried[c]) ** 2 for c, like in zip(commands, keen, strict=True)]
        command = self._rng.choices(commands, fresh)[0]
        if self._rng.random() >= self._slip:
            for pattern in self._wishes():
                fits = [c for c in commands if re.match(pattern, c) and self._tried[c] < 2]
                if fits:
                    fewest = min(self._tried[c] for c in fits)
                    command = self._rng.choice([c for c in fits if self._tried[c] == fewest])
                    break
        self._tried[command] += 1
        return command

    def _wishes(self) -> list[str]:
        task, goal = self._task, self._task.goal.lower()
        target, holds = task.target.lower(), known.VAL_RECEPTACLE_OBJECTS
        if self._held and not self._held.startswith(f"{target} "):
            return [f"move {self._held} to ", "go to "]
        if self._held and not self._ready:
            return [f"{task.verb} {self._held}", f"go to {APPLIANCE[task.verb].lower()} "]
        if self._held and task.lamp:
            return [f"use {task.lamp.lower()} ", "go to (desk|sidetable|coffeetable) "]
        if self._held:
            return [f"move {self._held} to {goal} ", f"open {goal} ", f"go to {goal} "]
        likely = "|".join(sorted(c.lower() for c in holds if task.target in holds[c]))
        wishes = [f"take {target} \\d+ from (?!{goal or '-'} )", f"open (?!{goal or '-'} )"]
        return [*wishes, f"go to (?!{goal or '-'} )({likely}) ", "go to "]


def play(content: dict[str, Any], player: Player) -> Episode:
    """Play one game to its end or to the step limit and return the recorder."""
    env = AlfredDemangler(PddlEnv(EnvInfos(admissible_commands=True, won=True)), shuffle=False)
    env.load(content)
    state = env.reset()
    commands = list(state["admissible_commands"])
    # Recorders begin behind the engine's banner.
    obs = state["feedback"].strip()
    obs = obs[obs.find("You are in the middle") :]
    episode: Episode = {"init": {"obs": obs, "actions_list": commands}, "steps": [], "reward": 0.0}
    done = False
    while not done and len(episode["steps"]) < MAX_STEPS:
        command = player.choose(commands)
        state, _, done = env.step(command)
        commands, obs = list(state["admissible_commands"]), state["feedback"].strip()
        player.see(obs)
        step: Episode = {"action_took": command, "obs": obs, "scores": float(state["won"])}
        episode["steps"].append(step | {"dones": bool(done), "actions_list": commands})
        episode["reward"] = step["scores"]
    env.close()
    return episode


def main() -> None:
    """Record all episodes and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=HERE.parents[1] / "envs/alfworld/workload.json"
    )
    output: Path = parser.parse_args().output
    episodes = []
    for number in range(28):
        rng = random.Random(7100 + number)
        task, places, objects = room(TASKS[number % len(TASKS)], rng)
        player = Player(task, rng, SLIPS[number % len(SLIPS)])
        episodes.append(play(game(task, places, objects, rng), player))
    how = (
        f"Played in the engine of the package alfworld {version('alfworld')} (textworld "
        f"{version('textworld')}) by scripts/record_workloads/alfworld.py. The package has no "
        f"games: the {len(episodes)} rooms are generated from fixed seeds with its rules, "
        "grammar, goal sentences and tables of what may lie where, smaller than the rooms of the "
        f"published games; all six kinds of task in turn, at most {MAX_STEPS} steps. The players "
        "pick admissible commands: they search by a plan, from which four of five slip in 10, 30, "
        "50 or 80 percent of the steps. scores is 1 when the task is done."
    )
    document: dict[str, Any] = {"schema": "alma-safe/workload/v1", "domain": "alfworld", "how": how}
    document["episodes"] = episodes
    output.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
