"""What the scripted agent chooses among: walking to things, making and breaking rules.

A skill is a plan of single steps, found on the map as it is; there may be none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from .game import MOVES, NOUNS, Cell, Game, Piece, Rule, block

_STEPS = tuple(MOVES.items())[1:]
_MADE = ("win", "you")
"""Properties that it tries to give to things."""


def choices(game: Game) -> tuple[str, ...]:
    """Return the names of the skills that the map suggests, feasible or not."""
    named = {piece.name for piece in _tops(game) if piece.kind == "thing"}
    you = {rule.noun for rule in game.rules if rule.word == "you"}
    found = [f"go to {name}" for name in sorted(named - you)]
    found += sorted({f"make {noun} is {word}" for noun, word, _, _ in _open_rules(game)})
    found += [_broken(rule) for rule in game.rules if rule.word != "you" and not rule.colour]
    return tuple(dict.fromkeys(found))


def plan(game: Game, skill: str) -> list[str] | None:
    """Return the steps of a skill, or None where it cannot be done. KeyError: no skill."""
    verb, *words = skill.split()
    if verb == "go" and len(words) == 2:
        return _walk(game, lambda cell: _is_thing(game.top(cell), words[1]))
    if verb == "make" and len(words) == 3:
        ways = [
            way
            for noun, word, source, target in _open_rules(game)
            if (noun, word) == (words[0], words[2]) and (way := _push(game, source, {target}))
        ]
        return min(ways, key=len, default=None)
    if verb == "break" and len(words) == 3:
        ways = [
            way
            for cell in _blocks_of(game, words[0], words[2])
            if (way := _push(game, cell, set(game.stacks) - {cell}))
        ]
        return min(ways, key=len, default=None)
    raise KeyError(skill)


def _broken(rule: Rule) -> str:
    return f"break {rule.noun} is {rule.word}"


def _tops(game: Game) -> Iterator[Piece]:
    return (stack[-1] for stack in game.stacks.values() if stack)


def _is_thing(piece: Piece | None, name: str) -> bool:
    return piece is not None and piece.kind == "thing" and piece.name == name


def _own(game: Game) -> Cell | None:
    """Where what is YOU stands, the first of them."""
    return next((cell for cell in game.stacks if game.has(game.top(cell), "you")), None)


def _free(game: Game, cell: Cell) -> bool:
    """Whether it can be walked onto without pushing anything."""
    top = game.top(cell)
    return top is None or (top.kind == "thing" and not game.has(top, "stop"))


def _ahead(cell: Cell, by: Cell) -> Cell:
    return cell[0] + by[0], cell[1] + by[1]


def _walk(game: Game, wanted: Callable[[Cell], bool]) -> list[str] | None:
    """The shortest way that pushes nothing."""
    start = _own(game)
    if start is None:
        return None
    queue: deque[Cell] = deque([start])
    came: dict[Cell, tuple[Cell, str] | None] = {start: None}
    while queue:
        cell = queue.popleft()
        if cell != start and wanted(cell):
            return _traced(came, cell)
        for action, by in _STEPS:
            then = _ahead(cell, by)
            if then not in came and _free(game, then):
                came[then] = cell, action
                queue.append(then)
    return None


def _push(game: Game, source: Cell, wanted: set[Cell]) -> list[str] | None:
    """The shortest way to push the block on ``source`` to a wanted cell, and nothing else."""
    own = _own(game)
    if own is None:
        return None
    start = own, source
    queue: deque[tuple[Cell, Cell]] = deque([start])
    came: dict[tuple[Cell, Cell], tuple[tuple[Cell, Cell], str] | None] = {start: None}
    while queue:
        state = queue.popleft()
        me, pushed = state
        if pushed in wanted:
            return _traced(came, state)
        for action, by in _STEPS:
            then = _ahead(me, by)
            if then == pushed:
                onto = _ahead(pushed, by)
                if not (onto == source or _free(game, onto)):
                    continue
                after = then, onto
            elif then == source or _free(game, then):
                after = then, pushed
            else:
                continue
            if after not in came:
                came[after] = state, action
                queue.append(after)
    return None


def _traced[State](came: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    """The actions that led to a state."""
    actions: list[str] = []
    while (step := came[state]) is not None:
        state, action = step
        actions.append(action)
    return actions[::-1]


def _open_rules(game: Game) -> Iterator[tuple[str, str, Cell, Cell]]:
    """Rules that lack their noun: noun and property, where the noun lies, where it belongs."""
    nouns = [(cell, top) for cell in game.stacks if (top := game.top(cell)) and _is_noun(top)]
    used = {
        (cell[0] - by[0], cell[1] - by[1])
        for cell, by, word in _ends(game)
        if (top := game.top(_ahead(cell, (-by[0], -by[1])))) and _is_noun(top)
    }
    for cell, by, word in _ends(game):
        target = _ahead(cell, (-by[0], -by[1]))
        if word in _MADE and _free(game, target):
            for source, noun in nouns:
                if source not in used:
                    yield noun.name, word, source, target


def _is_noun(piece: Piece) -> bool:
    return piece.is_block and piece.name in NOUNS


def _ends(game: Game) -> Iterator[tuple[Cell, Cell, str]]:
    """Every ``is`` with a word behind it: its cell, the direction, the word."""
    for cell in game.stacks:
        if game.top(cell) == block("is"):
            for by in ((1, 0), (0, 1)):
                word = game.top(_ahead(cell, by))
                if word is not None and word.is_block and not _is_noun(word):
                    yield cell, by, word.name


def _blocks_of(game: Game, noun: str, word: str) -> Iterator[Cell]:
    """The cells of the blocks that make a rule."""
    for cell, by, end in _ends(game):
        before = _ahead(cell, (-by[0], -by[1]))
        if end == word and game.top(before) == block(noun):
            yield from (before, cell, _ahead(cell, by))
