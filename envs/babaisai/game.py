"""The rules of Baba Is AI, written from a description of them: the game is in no package index.

A level is a grid of stacks. The top of a stack is what is seen and what acts. Word blocks
in a row or a column make rules; pushing them changes the rules.

Source of the rules: the behaviour of nacloos/baba-is-ai at ad466e0, its quirks included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

MOVES = {"idle": (0, 0), "up": (0, -1), "right": (1, 0), "down": (0, 1), "left": (-1, 0)}
"""Action -> step (right, down) on the grid."""

FULL_GAME = 100
"""Steps after which the game itself ends, and by which it scales the reward."""

NOUNS = ("baba", "wall", "ball", "door", "key")
PROPERTIES = ("you", "stop", "push", "win", "lose", "pull", "move", "open", "shut")
COLOURS = ("red", "blue", "green")
PAINT = {"baba": "white", "wall": "grey", "ball": "green", "door": "red", "key": "blue"}
"""Noun -> colour of a thing that came of another one."""

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
    _waiting: list[Piece] = field(default_factory=list)
    _moving: list[Piece] = field(default_factory=list)
    _stopping: set[str] = field(default_factory=set)

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
        return replace(self, stacks=dict(self.stacks), _waiting=[], _moving=[], _stopping=set())

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
        """Whether rules give the piece this property.

        A rule for a colour takes the property from the other colours, whatever else is said.
        """
        if piece is None or piece.kind != "thing":
            return False
        found = [r.colour for r in self.rules if r.word == word and r.noun == piece.name]
        if word == "stop" and piece.name in self._stopping:
            found.append("")
        coloured = {colour for colour in found if colour}
        return bool(found) and (not coloured or piece.colour in coloured)

    def step(self, action: str) -> None:
        """Carry out one action. Raises KeyError for what is no action."""
        if action not in MOVES:
            raise KeyError(action)
        self.time += 1
        if action == "idle":
            return
        tops = [stack[-1] for stack in self.stacks.values() if stack]
        # What comes to light during a step has no turn in it.
        self._waiting = [top for top in tops if self.has(top, "you") or self.has(top, "move")]
        self.won = self.lost = False
        self._move_all("you", action)
        self._move_all("move", None)
        self.rules = tuple(self._read())
        self._stopping = set()
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
        coloured = coloured and word.name in PROPERTIES
        return Rule(noun.name, word.name, before.name if before and coloured else "")

    def _transform(self) -> None:
        """What turns into another thing gets that on top, and stays."""
        for rule in self.rules:
            if rule.word in NOUNS:
                for cell, stack in self.stacks.items():
                    if stack and rule.holds_for(stack[-1]):
                        self.stacks[cell] = (*stack, thing(rule.word, PAINT[rule.word]))

    # -- moving ------------------------------------------------------------------

    def _move_all(self, word: str, action: str | None) -> None:
        """Give every thing with a property its turn, in the order of the map."""
        for cell in list(self.stacks):
            piece = self.top(cell)
            if piece is None or not self.has(piece, word) or not self._turn_of(piece):
                continue
            if action is None:
                self._move(cell, piece.facing)
                continue
            self.stacks[cell] = (*self.stacks[cell][:-1], replace(piece, facing=action))
            self.won, self.lost = self._move(cell, action)

    def _turn_of(self, piece: Piece) -> bool:
        """Whether a piece waits for its turn, which is used up by asking."""
        for number, waiting in enumerate(self._waiting):
            if waiting is piece:
                del self._waiting[number]
                return True
        return False

    def _move(self, cell: Cell, facing: str) -> tuple[bool, bool]:
        """Move the top of a cell; say whether where it goes wins or loses."""
        piece = self.top(cell)
        if piece is None:
            return self._moved_on(cell, None, facing)
        if any(moving is piece for moving in self._moving):
            return False, False  # what pushes or pulls itself in a circle moves once
        self._moving.append(piece)
        try:
            return self._moved_on(cell, piece, facing)
        finally:
            self._moving.pop()

    def _moved_on(self, cell: Cell, piece: Piece | None, facing: str) -> tuple[bool, bool]:
        right, down = MOVES[facing]
        ahead = cell[0] + right, cell[1] + down
        other = self.top(ahead)
        if self._opens(piece, other):
            self.stacks[cell] = self.stacks[cell][:-1]
            self.stacks[ahead] = self.stacks[ahead][:-1]
        # Both may be gone by now; what lay beneath them goes on in their place.
        if other is not None and (other.is_block or self.has(other, "push")):
            self._move(ahead, facing)
        end = ahead if self._passable(self.top(ahead)) else cell
        # Judged before the mover arrives: one that is blocked meets itself.
        met = self.top(end)
        won, lost = self.has(met, "win"), self.has(met, "lose")
        if end != cell:
            self._carry(cell, end, facing)
        behind = cell[0] - right, cell[1] - down
        if self.has(self.top(behind), "pull"):
            self._move(behind, facing)
        return won, lost

    def _carry(self, cell: Cell, end: Cell, facing: str) -> None:
        """Lay the top of a cell onto another one, if there is any."""
        if piece := self.top(cell):
            carried = replace(piece, facing=facing)
            self._waiting = [carried if each is piece else each for each in self._waiting]
            self.stacks[cell] = self.stacks[cell][:-1]
            self.stacks[end] = (*self.stacks[end], carried)

    def _passable(self, piece: Piece | None) -> bool:
        if piece is None or piece.kind != "thing":
            return piece is None
        if any(
            rule.noun == piece.name and rule.colour and rule.colour == piece.colour
            for rule in self.rules
            if rule.word in ("pull", "you")
        ):
            # One that is YOU by its colour, once met, stops all of its name in this step.
            self._stopping.add(piece.name)
        return not self.has(piece, "stop")

    def _opens(self, piece: Piece | None, other: Piece | None) -> bool:
        one, two = self.has(piece, "open"), self.has(piece, "shut")
        return (one and self.has(other, "shut")) or (two and self.has(other, "open"))


def text_of(game: Game) -> str | None:
    """The observation: active rules, and where things lie as seen from what is YOU.

    None where nothing is YOU any more. Only right and down know a plural, and colours are
    not told, as in the wrapper that language models have played the game with.
    """
    you = [rule for rule in game.rules if rule.word == "you"][-1:]
    tops = [(cell, stack[-1]) for cell, stack in game.stacks.items() if stack]
    own = next((cell for cell, top in tops if you and _is_thing(top, you[0].noun)), None)
    if own is None:
        return None
    shown = [rule for rule in game.rules if rule.word in PROPERTIES]
    lines = ["Active rules:"]
    lines += [f"{rule.noun} is {rule.word}" for rule in shown]
    lines += ["", "Objects on the map:"]
    for (x, y), top in tops:
        if _is_listed(top):
            place = " and ".join(_distances(x - own[0], y - own[1]))
            name = f"rule `{top.name}`" if top.is_block else top.name
            lines.append(f"{name} {place}" if place else "")
    return "\n".join(lines)


def _is_thing(piece: Piece, name: str) -> bool:
    return piece.kind == "thing" and piece.name == name


def _is_listed(piece: Piece) -> bool:
    if piece.is_block:
        return piece.name not in COLOURS
    return piece.kind == "thing" and piece.name != "baba"


def _distances(right: int, down: int) -> Iterator[str]:
    for steps, ahead, back in ((right, "to the right", "to the left"), (down, "down", "up")):
        if steps:
            yield f"{abs(steps)} {'steps' if steps > 1 else 'step'} {ahead if steps > 0 else back}"
