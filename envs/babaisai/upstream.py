"""The original game, where its package can be imported: played, and shown as ours is.

The package ``baba`` (nacloos/baba-is-ai) is in no package index. Its environment steps; after
each step its map and its rules are read into a :class:`Game`, from which observations,
choices and scores are told as ever. Only worker processes import it.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .game import EDGE, MOVES, Game, Piece, Rule, block, thing

PREFIX = "upstream:"
"""Of the ids of tasks that are played in the original."""

_FACING = ("right", "down", "left", "up")
_NAMES = {
    **{"is_agent": "you", "is_goal": "win", "is_defeat": "lose", "baba": "baba"},
    **{f"is_{word}": word for word in ("stop", "push", "pull", "move", "open", "shut")},
    **{f"f{noun}": noun for noun in ("wall", "ball", "door", "key")},
}
"""Name in the package -> word."""


def available() -> bool:
    """Whether the package is there: this one, not another of its name."""
    if importlib.util.find_spec("baba") is None:
        return False
    return importlib.util.find_spec("baba.grid") is not None


def environment(name: str, seed: int) -> Any:
    """Return the package's environment of a level, begun. Raises KeyError where it has none."""
    import numpy as np  # the original needs it itself

    baba = importlib.import_module("baba")
    try:
        made = baba.make(f"env/{name}")
    except ValueError as error:
        raise KeyError(str(error)) from None
    # Versions differ in where they take chance from: one seed for both.
    np.random.seed(seed)
    made.reset(seed=seed)
    return made


def game_of(made: Any) -> Game:
    """Read the map and the rules of the package's environment."""
    game = Game(made.width, made.height)
    for x, y in game.stacks:
        stack = made.grid.get(x, y, z="all")
        game.stacks[x, y] = tuple(_piece(each) for each in stack if each is not None)
    game.rules = tuple(_rules(made))
    game.time = int(made.step_count)
    return game


def _piece(found: Any) -> Piece:
    match str(found.type):
        case "wall":
            return EDGE
        case "rule_color":
            return block(str(found.obj_color))
        case "rule_object" | "rule_property" | "rule_is":
            return block(_NAMES.get(found.name, str(found.name)))
        case kind:
            made = thing(_NAMES[kind], str(found.color))
            return Piece(made.kind, made.name, made.colour, _FACING[int(found.dir)])


def _rules(made: Any) -> Iterator[Rule]:
    for rule in made.grid._ruleset.get("_rule_", []):
        if "property" in rule:
            word, colour = _NAMES[rule["property"]], str(rule.get("obj_color", ""))
            yield Rule(_NAMES[rule["object"]], word, colour)
        else:
            yield Rule(_NAMES[rule["object1"]], _NAMES[rule["object2"]])


@dataclass(slots=True)
class Original(Game):
    """A level of the original being played, with what a :class:`Game` tells."""

    made: Any = None

    @classmethod
    def of(cls, made: Any) -> Original:
        """Play on from where an environment of the package is."""
        found = cls(made.width, made.height, made=made)
        found._look()
        return found

    def copy(self) -> Original:
        """The same position, to begin from again."""
        made = copy.copy(self.made)
        # Things point at the rules, so both are copied at once; what draws maps is not used again.
        made.grid, made._ruleset = copy.deepcopy((made.grid, made._ruleset))
        return Original.of(made)

    def step(self, action: str) -> None:
        """Have the package carry out one action. Raises KeyError for what is no action."""
        _, reward, _, _ = self.made.step(list(MOVES).index(_known(action)))
        self._look()
        self.won, self.lost = reward > 0, reward < 0

    def _look(self) -> None:
        seen = game_of(self.made)
        self.stacks, self.rules, self.time = seen.stacks, seen.rules, seen.time


def _known(action: str) -> str:
    if action not in MOVES:
        raise KeyError(action)
    return action
