"""Generated games: a floor plan of the package, objects where such things may lie, a task.

The package has the rules, the grammar and the floor plans of 120 rooms, but no games. A
room has the receptacles of its floor plan; the objects in it, the task and its words
follow from a seed. Every game comes with a solution, which is part of how it is made.
"""

from __future__ import annotations

import functools
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alfworld.gen.constants as known
from alfworld.gen.goal_library import gdict
from alfworld.info import ALFRED_PDDL_PATH, ALFRED_TWL2_PATH

KINDS = tuple(sorted(kind for kind in gdict if kind in known.GOALS_VALID and "movable" not in kind))
"""The six types of task."""

_ABLE = {"clean": "Cleanable", "heat": "Heatable", "cool": "Coolable"}
_APPLIANCE = {"clean": "SinkBasin", "heat": "Microwave", "cool": "Fridge"}
_LAMPS = ("DeskLamp", "FloorLamp")
_TABLES = ("Desk", "SideTable", "CoffeeTable", "Dresser", "Shelf")
_NEVER_SOURCES = ("SinkBasin", "BathtubBasin", "GarbageCan", "Toilet")
_SEVERAL = {"StoveBurner": 4, "HandTowelHolder": 2}
_BASINS = {"Sink": "SinkBasin", "Bathtub": "BathtubBasin"}
_UNSEEN = 5
"""Floor plans of each kind of room that no training task is in."""

_LAYOUTS = Path(known.__file__).parent / "layouts"


@dataclass(frozen=True, slots=True)
class Item:
    """A receptacle, or an object with the receptacle ``at`` which it lies."""

    id: str
    cls: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A task. ``verb``: clean, heat, cool or empty; ``goal`` or ``lamp`` may be empty."""

    kind: str
    target: str
    verb: str
    goal: str
    lamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A floor plan with objects and a task in it."""

    scene: int
    wish: Wish
    places: tuple[Item, ...]
    objects: tuple[Item, ...]
    sentence: str

    def solution(self) -> list[tuple[str, str, str]]:
        """Verb, object and receptacle of each deed, by id, that does the task."""
        wanted = [item for item in self.objects if item.cls == self.wish.target]
        wish = self.wish
        if wish.lamp:
            lamp = next(item for item in self.objects if item.cls == wish.lamp)
            return [("take", wanted[0].id, wanted[0].at), ("use", lamp.id, lamp.at)]
        goal = next(place for place in self.places if place.cls == wish.goal)
        deeds = []
        for item in wanted[: 2 if "two" in wish.kind else 1]:
            deeds.append(("take", item.id, item.at))
            if wish.verb:
                cls = _APPLIANCE[wish.verb]
                tool = next(place for place in self.places if place.cls == cls)
                deeds.append((wish.verb, item.id, tool.id))
            deeds.append(("move", item.id, goal.id))
        return deeds


def furnished(kind: str, seed: int, *, unseen: bool) -> Room:
    """Return the room of a task of this kind; the same on every machine."""
    rng = random.Random(f"alfworld {kind} {seed}")
    while True:
        name = rng.choice(sorted(known.GOALS_VALID[kind]))
        scenes = list(known.SCENE_TYPE[name])
        scene = rng.choice(scenes[-_UNSEEN:] if unseen else scenes[:-_UNSEEN])
        room = _tried(kind, scene, rng)
        if room is not None:
            return room


def _tried(kind: str, scene: int, rng: random.Random) -> Room | None:
    """A room with a task that can be done in it, or None where this floor plan has none."""
    places, loose = _floor_plan(scene)
    holds = {place.cls: known.VAL_RECEPTACLE_OBJECTS.get(place.cls, ()) for place in places}
    sources = {cls: names for cls, names in holds.items() if cls not in _NEVER_SOURCES}
    verb = next((verb for verb in _ABLE if f"_{verb}_" in kind), "")
    targets = set(loose) & set(known.VAL_ACTION_OBJECTS[_ABLE[verb]]) if verb else set(loose)
    if verb and _APPLIANCE[verb] not in holds:
        return None
    target = rng.choice(sorted(targets) or [""])
    goals = {cls for cls in holds if target in holds[cls]} - {_APPLIANCE.get(verb, "")}
    lamp = rng.choice(_LAMPS) if kind.startswith("look") else ""
    goal = "" if lamp or not goals else rng.choice(sorted(goals))
    if not target or not (lamp or goal):
        return None
    need = 2 if "two" in kind else 1
    objects: list[Item] = []

    def lay(cls: str) -> None:
        able = sorted({p.cls for p in places if cls in sources.get(p.cls, ())} - {goal})
        if able:
            # A class first: things have their usual places, however many drawers there are.
            at = rng.choice(able)
            objects.append(
                Item(_id(cls, rng), cls, rng.choice([p.id for p in places if p.cls == at]))
            )

    for _ in range(need + rng.randint(0, 1)):
        lay(target)
    if len(objects) < need:
        return None
    for cls in loose:
        for _ in range(rng.choice((0, 1, 1, 2)) if cls != target else 0):
            lay(cls)
    if lamp:
        tables = [place.id for place in places if place.cls in _TABLES]
        if not tables:
            return None
        objects.append(Item(_id(lamp, rng), lamp, rng.choice(tables)))
    wish = Wish(kind=kind, target=target, verb=verb, goal=goal, lamp=lamp)
    names = {"obj": target, "recep": goal, "toggle": lamp, "mrecep": ""}
    said = rng.choice(gdict[kind]["templates"])
    sentence = said.format(**{key: name.lower() for key, name in names.items()})
    return Room(scene=scene, wish=wish, places=places, objects=tuple(objects), sentence=sentence)


@functools.cache
def _floor_plan(scene: int) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Receptacles of a floor plan, and the classes of what can be carried in it."""
    classes = json.loads((_LAYOUTS / f"FloorPlan{scene}-objects.json").read_text("utf-8"))
    posed = json.loads((_LAYOUTS / f"FloorPlan{scene}-openable.json").read_text("utf-8"))
    places: list[Item] = []
    fixed = set(known.RECEPTACLES) - set(known.MOVABLE_RECEPTACLES)
    for found in sorted(posed):
        cls = found.partition("|")[0]
        cls = _BASINS.get(cls, cls)
        if cls in fixed:
            whole = f"{found}|{cls}" if "Basin" in cls and "Basin" not in found else found
            places.append(Item(_mangled(whole), cls))
    # What the plan knows no pose for is there all the same.
    rng = random.Random(f"alfworld scene {scene}")
    for cls in sorted(fixed & set(classes) - {place.cls for place in places}):
        places += [Item(_id(cls, rng), cls) for _ in range(_SEVERAL.get(cls, 1))]
    held = {name for p in places for name in known.VAL_RECEPTACLE_OBJECTS.get(p.cls, ())}
    loose = held & set(classes) - fixed - set(_LAMPS) - {"Box"}
    return tuple(places), tuple(sorted(loose))


def _id(cls: str, rng: random.Random) -> str:
    """An id in the simulator's spelling, which the engine turns into "apple 1"."""
    parts = [cls.replace("Basin", "")]
    parts += [f"{rng.choice('+-')}{rng.random() * 3:05.2f}" for _ in range(3)]
    parts += [cls] if "Basin" in cls else []
    return _mangled("|".join(parts))


def _mangled(text: str) -> str:
    for sign, word in (("|", "_bar_"), ("+", "_plus_"), ("-", "_minus_"), (".", "_dot_")):
        text = text.replace(sign, word)
    return text


def _facts(room: Room) -> list[str]:
    """The starting state as the planner's facts."""
    spot = {place.id: f"loc_bar_{number}" for number, place in enumerate(room.places)}
    lines = ["(= (total-cost) 0)", "(atLocation agent1 loc_bar_999)"]
    for place in room.places:
        lines.append(f"(receptacleType {place.id} {place.cls}Type)")
        lines.append(f"(receptacleAtLocation {place.id} {spot[place.id]})")
        lines += [f"(openable {place.id})"] * (place.cls in known.OPENABLE_CLASS_SET)
    for item in room.objects:
        lines.append(f"(objectType {item.id} {item.cls}Type)")
        lines.append(f"(inReceptacle {item.id} {item.at})")
        lines.append(f"(objectAtLocation {item.id} {spot[item.at]})")
        lines.append(f"({'toggleable' if item.cls in _LAMPS else 'pickupable'} {item.id})")
        for able in ("Cleanable", "Heatable", "Coolable", "Sliceable"):
            lines += [f"({able.lower()} {item.id})"] * (item.cls in known.VAL_ACTION_OBJECTS[able])
        movable = item.cls in known.MOVABLE_RECEPTACLES_SET
        lines += [f"(isReceptacleObject {item.id})"] * movable
    for cls in sorted({place.cls for place in room.places}):
        names = sorted(known.VAL_RECEPTACLE_OBJECTS.get(cls, ()))
        lines += [f"(canContain {cls}Type {name}Type)" for name in names]
    return lines


def game(room: Room) -> dict[str, Any]:
    """Return the content of a game file for the engine."""
    wish = room.wish
    names = {"obj": wish.target, "recep": wish.goal, "toggle": wish.lamp, "mrecep": ""}
    aim = gdict[wish.kind]["pddl"].format(**names).replace("#", "-").rstrip()
    held = {n for place in room.places for n in known.VAL_RECEPTACLE_OBJECTS.get(place.cls, ())}
    types = {
        "otype": [f"{name}Type" for name in sorted(held | {item.cls for item in room.objects})],
        "rtype": [f"{name}Type" for name in sorted({place.cls for place in room.places})],
        "object": [item.id for item in room.objects],
        "receptacle": [place.id for place in room.places],
        "location": [f"loc_bar_{number}" for number in [*range(len(room.places)), 999]],
    }
    # The planner insists on this order of the sections; the aim closes one bracket too many.
    problem = ["(define (problem room)", "(:domain alfred)", "(:objects", "agent1 - agent"]
    problem += [f"{name} - {kind}" for kind, group in types.items() for name in group]
    problem += [")", "(:init", *_facts(room), ")", aim.removesuffix(")")]
    problem += ["(:metric minimize (total-cost))", ")"]
    grammar = Path(ALFRED_TWL2_PATH).read_text("utf-8")
    return {
        "pddl_domain": Path(ALFRED_PDDL_PATH).read_text("utf-8"),
        "grammar": grammar.replace("UNKNOWN GOAL", room.sentence),
        "pddl_problem": "\n".join(problem),
    }
