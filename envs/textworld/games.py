"""Which games there are, and making them: generated from seeds, compiled once, kept.

The objective of a game never holds its solution (``only_last_action``), as in the games
that language models are usually measured on.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import textworld
import textworld.challenges
import textworld.generator

_BALROG = Path(__file__).with_name("balrog.json")
_ATTEMPTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one game is made. ``seeds``: one, or those of map, objects, quest and grammar."""

    challenge: str
    settings: dict[str, Any]
    seeds: int | dict[str, int]

    @property
    def file(self) -> str:
        """A name for the game that changes with everything that it depends on."""
        parts = [self.challenge, self.settings, self.seeds, version("textworld")]
        text = json.dumps(parts, sort_keys=True)
        return f"{self.challenge[3:]}-{hashlib.sha256(text.encode()).hexdigest()[:20]}.z8"


def hunt(level: int) -> dict[str, Any]:
    """Settings of a treasure hunt: level 1 to 30, from few rooms to twenty with locks."""
    return {"level": level}


def cooking(ingredients: int, rooms: int, *, cook: bool, cut: bool) -> dict[str, Any]:
    """Settings of a cooking game whose ingredients all have to be found."""
    return {
        "recipe": ingredients,
        "take": ingredients,
        "go": rooms,
        "open": True,
        "cook": cook,
        "cut": cut,
        "drop": False,
        "recipe_seed": 0,
        "split": "train",
    }


def recipe(task_id: str) -> Recipe:
    """Return how the game of a task is made. Raises KeyError for an unknown task."""
    kind, params, seed = task_id.split("/")
    if params == "balrog":
        return _balrog(kind, seed)
    if kind == "hunt":
        return Recipe(challenge="tw-treasure_hunter", settings=hunt(int(params)), seeds=int(seed))
    if kind == "cook":
        ingredients, rooms, extra = params.split("-")
        settings = cooking(int(ingredients), int(rooms), cook="k" in extra, cut="c" in extra)
        # The recipe follows from its own seed: each game has another meal.
        settings["recipe_seed"] = int(seed)
        return Recipe(challenge="tw-cooking", settings=settings, seeds=int(seed))
    raise KeyError(task_id)


@functools.cache
def balrog_games() -> dict[str, dict[str, list[int]]]:
    """Seeds of the 50 published games by kind and number: four seeds, length of a solution."""
    games: dict[str, dict[str, list[int]]] = json.loads(_BALROG.read_text("utf-8"))
    return games


def _balrog(kind: str, number: str) -> Recipe:
    name = {"hunt": "treasure_hunter", "cook": "cooking"}[kind]
    seeds = dict(
        zip(("map", "objects", "quest", "grammar"), balrog_games()[name][number], strict=False)
    )
    if kind == "hunt":
        return Recipe(challenge="tw-treasure_hunter", settings=hunt(30), seeds=seeds)
    settings = cooking(5, 12, cook=True, cut=True) | {"split": "test"}
    return Recipe(challenge="tw-cooking", settings=settings, seeds=seeds)


def made(recipe: Recipe, cache: Path) -> Path:
    """Return the compiled game, making it if it is not there. Safe for several processes."""
    path = cache / recipe.file
    if _is_there(path):
        return path
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=cache))
    try:
        here = folder / recipe.file
        textworld.generator.compile_game(_generated(recipe, here), _options(recipe.seeds, here))
        # The description first: a game is there when its compiled file is.
        for suffix in (".json", ".z8"):
            os.replace(here.with_suffix(suffix), path.with_suffix(suffix))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return path


def _is_there(path: Path) -> bool:
    """Whether a game was made, and is whole: a machine that lost power may leave half a file."""
    try:
        kept = tuple(path.with_suffix(suffix).stat() for suffix in (".json", ".z8"))
        return _is_whole(path, tuple((each.st_mtime_ns, each.st_size) for each in kept))
    except OSError:
        return False


@functools.lru_cache(maxsize=4096)
def _is_whole(path: Path, _state: tuple[tuple[int, int], ...]) -> bool:
    try:
        described = json.loads(path.with_suffix(".json").read_bytes())
        code = path.with_suffix(".z8").read_bytes()
    except (OSError, ValueError, RecursionError):
        return False
    # Source: The Z-Machine Standards Document 1.1, section 11: the length in units of
    # eight bytes, and the sum of all bytes behind the header.
    length, total = (int.from_bytes(code[at : at + 2], "big") for at in (0x1A, 0x1C))
    length *= 8
    whole = 64 <= length <= len(code) and sum(code[64:length]) % 65536 == total
    return isinstance(described, dict) and whole


def _generated(recipe: Recipe, path: Path) -> Any:
    _, build, _ = textworld.challenges.CHALLENGES[recipe.challenge]
    seeds = recipe.seeds
    for _ in range(_ATTEMPTS):
        try:
            return build(recipe.settings, _options(seeds, path))
        except textworld.generator.QuestGenerationError:
            if not isinstance(seeds, int):
                raise
            seeds += 100_000
    raise RuntimeError(f"no quest could be generated: {recipe}")


def _options(seeds: int | dict[str, int], path: Path) -> Any:
    options = textworld.GameOptions()
    options.seeds = dict(seeds) if isinstance(seeds, dict) else seeds
    options.path = str(path)
    options.file_ext = ".z8"
    options.force_recompile = True
    options.grammar.only_last_action = True
    return options
