"""The rules of Baba Is AI, written from a description of them: the game is in no package index.

A level is a grid of stacks. The top of a stack is what is seen and what acts. Word blocks
in a row or a column make rules; pushing them changes the rules.

Source of the rules: the behaviour of nacloos/baba-is-ai at ad466e0, its quirks included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

MOVES = {"idle": (0, 0), "up": (0, -1), "right": (1, 0), "down": (0, 1), "left": (-1, 0)}
"""Action -> step (right, down) on the grid."""

FULL_GAME = 100
"""Steps after which the game itself ends, and by which it scales the reward."""

NOUNS = ("baba", "wall", "ball", "door", "key")
PROPERTIES = ("you", "stop", "push", "win", "lose", "pull", "move", "open", "shut")
COLOURS = ("red", "blue", "green")

type Cell = tuple[int, int]
"""Column and row, from the upper left corner, which belongs to the edge."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing, word block or part of the edge. ``facing`` matters for what moves by itself."""

    kind: str
    name: str
    colour: str = ""
    facing: str = field(default="right", compare=False)

    @property
    def is_block(self) -> bool:
        """Whether it is a word."""
        return self.kind == "block"


EDGE = Piece("edge", "edge")


def thing(name: str, colour: str = "") -> Piece:
    """A thing on the map."""
    return Piece("thing", name, colour)


def block(word: str) -> Piece:
    """A word on the map."""
    return Piece("block", word)


@dataclass(frozen=True, slots=True)
class Rule:
    """``noun is word``, maybe only for things of one colour."""

    noun: str
    word: str
    colour: str = ""

    def holds_for(self, piece: Piece) -> bool:
        """Whether it speaks of this piece."""
        named = piece.kind == "thing" and piece.name == self.noun
        return named and self.colour in ("", piece.colour)


@dataclass(slots=True)
class Game:
    """One level being played."""

    width: int
    height: int
    stacks: dict[Cell, tuple[Piece, ...]] = field(default_factory=dict)
    time: int = 0
    won: bool = False
    lost: bool = False
    rules: tuple[Rule, ...] = ()
    _moved: set[Cell] = field(default_factory=set)
    _moving: set[Cell] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not self.stacks:
            for y in range(self.height):
                for x in range(self.width):
                    rim = x in (0, self.width - 1) or y in (0, self.height - 1)
                    self.stacks[x, y] = (EDGE,) if rim else ()

    @property
    def over(self) -> bool:
        """Whether the game itself has ended."""
        return self.won or self.lost or self.time >= FULL_GAME

    @property
    def reward(self) -> float:
        """What the last step was worth: more for an early win, -1 for a loss."""
        if self.won:
            return 1 - 0.9 * self.time / FULL_GAME
        return -1.0 if self.lost else 0.0

    def copy(self) -> Game:
        """The same position, to try something out on."""
        return replace(self, stacks=dict(self.stacks), _moved=set(), _moving=set())

    def top(self, cell: Cell) -> Piece | None:
        """What is seen in a cell; None where there is nothing."""
        stack = self.stacks.get(cell, (EDGE,))
        return stack[-1] if stack else None

    def lay(self, x: int, y: int, *pieces: Piece | None) -> None:
        """Lay pieces in a row onto empty cells; None leaves its cell as it is."""
        for offset, piece in enumerate(pieces):
            if piece is not None:
                self.stacks[x + offset, y] = (*self.stacks[x + offset, y], piece)

    def begin(self) -> Game:
        """Read the rules of the finished map."""
        self.rules = tuple(self._read())
        return self

    def has(self, piece: Piece | None, word: str) -> bool:
        """Whether a rule gives the piece this property."""
        return piece is not None and any(
            rule.word == word and rule.holds_for(piece) for rule in self.rules
        )

    def step(self, action: str) -> None:
        """Carry out one action. Raises KeyError for what is no action."""
        right, down = MOVES[action]
        self.time += 1
        if action == "idle":
            return
        self._moved = set()
        self._move_all("you", (right, down), action)
        self._move_all("move", None, action)
        self.rules = tuple(self._read())
        self._transform()

    # -- rules -------------------------------------------------------------------

    def _read(self) -> Iterator[Rule]:
        for (x, y), stack in self.stacks.items():
            if stack and stack[-1] == block("is"):
                for right, down in ((1, 0), (0, 1)):
                    rule = self._rule_at(x, y, right, down)
                    if rule is not None:
                        yield rule

    def _rule_at(self, x: int, y: int, right: int, down: int) -> Rule | None:
        noun, word = self.top((x - right, y - down)), self.top((x + right, y + down))
        if noun is None or word is None or not (noun.is_block and word.is_block):
            return None
        if noun.name not in NOUNS or word.name not in (*NOUNS, *PROPERTIES):
            return None
        before = self.top((x - 2 * right, y - 2 * down))
        coloured = before is not None and before.is_block and before.name in COLOURS
        return Rule(noun.name, word.name, before.name if before and coloured else "")

    def _transform(self) -> None:
        """What turns into another thing gets that on top, and stays."""
        for rule in self.rules:
            if rule.word in NOUNS:
                for cell, stack in self.stacks.items():
                    if stack and rule.holds_for(stack[-1]):
                        self.stacks[cell] = (*stack, thing(rule.word))

    # -- moving ------------------------------------------------------------------

    def _move_all(self, word: str, by: Cell | None, action: str) -> None:
        """Move every thing with a property that has not moved yet, in the order of the map."""
        for cell in list(self.stacks):
            piece = self.top(cell)
            if piece is None or cell in self._moved or not self.has(piece, word):
                continue
            facing = action if by is not None else piece.facing
            won, lost = self._move(cell, facing)
            if by is not None:
                self.won, self.lost = won, lost

    def _move(self, cell: Cell, facing: str) -> tuple[bool, bool]:
        """Move the top of a cell; say whether where it goes wins or loses."""
        piece = self.top(cell)
        right, down = MOVES[facing]
        ahead = cell[0] + right, cell[1] + down
        if piece is None or cell in self._moving:
            return False, False  # what pushes or pulls itself in a circle moves once
        self._moving.add(cell)
        try:
            return self._moved_on(cell, piece, ahead, facing)
        finally:
            self._moving.discard(cell)

    def _moved_on(self, cell: Cell, piece: Piece, ahead: Cell, facing: str) -> tuple[bool, bool]:
        right, down = MOVES[facing]
        if self._opens(piece, self.top(ahead)):
            self.stacks[cell] = self.stacks[cell][:-1]
            self.stacks[ahead] = self.stacks[ahead][:-1]
            return False, False
        other = self.top(ahead)
        if other is not None and (other.is_block or self.has(other, "push")):
            self._move(ahead, facing)
        end = ahead if self._passable(self.top(ahead)) else cell
        # Judged before the mover arrives: one that is blocked meets itself.
        met = self.top(end)
        won, lost = self.has(met, "win"), self.has(met, "lose")
        # Not simply the top: what was pulled in a circle may lie on it by now.
        self.stacks[cell] = tuple(one for one in self.stacks[cell] if one is not piece)
        self.stacks[end] = (*self.stacks[end], replace(piece, facing=facing))
        self._moved.discard(cell)
        self._moved.add(end)
        behind = cell[0] - right, cell[1] - down
        if self.has(self.top(behind), "pull"):
            self._move(behind, facing)
        return won, lost

    def _passable(self, piece: Piece | None) -> bool:
        return piece is None or (piece.kind == "thing" and not self.has(piece, "stop"))

    def _opens(self, piece: Piece, other: Piece | None) -> bool:
        one, two = self.has(piece, "open"), self.has(piece, "shut")
        return (one and self.has(other, "shut")) or (two and self.has(other, "open"))


def text_of(game: Game) -> str | None:
    """The observation: active rules, and where things lie as seen from what is YOU.

    None where nothing is YOU any more. Only right and down know a plural, as in the
    wrapper that language models have played the game with.
    """
    you = [rule for rule in game.rules if rule.word == "you"][-1:]
    own = next(
        (cell for cell, stack in game.stacks.items() if stack and _any_holds(you, stack[-1])), None
    )
    if own is None:
        return None
    shown = [rule for rule in game.rules if rule.word in PROPERTIES]
    lines = ["Active rules:"]
    lines += [" ".join(filter(None, (r.colour, r.noun, "is", r.word))) for r in shown]
    lines += ["", "Objects on the map:"]
    for (x, y), stack in game.stacks.items():
        if stack and _is_listed(stack[-1]):
            place = " and ".join(_distances(x - own[0], y - own[1]))
            name = f"rule `{stack[-1].name}`" if stack[-1].is_block else stack[-1].name
            lines.append(f"{name} {place}" if place else "")
    return "\n".join(lines)


def _any_holds(rules: Iterable[Rule], piece: Piece) -> bool:
    return any(rule.holds_for(piece) for rule in rules)


def _is_listed(piece: Piece) -> bool:
    return piece.kind != "edge" and piece.name != "baba" and piece.name not in COLOURS


def _distances(right: int, down: int) -> Iterator[str]:
    for steps, ahead, back in ((right, "to the right", "to the left"), (down, "down", "up")):
        if steps:
            yield f"{abs(steps)} {'steps' if steps > 1 else 'step'} {ahead if steps > 0 else back}"
