"""What a player sees of a level, in words.

Things anywhere on the map are told with nearness and one of sixteen directions; walls,
doorways, open doors, dark areas and traps only where one of eight straight looks of nine
cells meets them. Source of the format: the observable behaviour of nle-language-wrapper, by which
language models have played the game.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

type Cell = tuple[int, int]
"""Column and row of the terminal, from its upper left corner."""

WAYS = (
    *("north", "east", "south", "west"),
    *("northeast", "southeast", "southwest", "northwest"),
)
_SHIFTS = ((0, -1), (1, 0), (0, 1), (-1, 0), (1, -1), (1, 1), (-1, 1), (-1, -1))
COMPASS: dict[str, Cell] = dict(zip(WAYS, _SHIFTS, strict=True))
"""Direction -> step (right, down)."""

_AROUND = re.findall(
    "[a-z]+",
    "north northnortheast northeast eastnortheast east eastsoutheast southeast southsoutheast "
    "south southsouthwest southwest westsouthwest west westnorthwest northwest northnorthwest",
)
_NEARNESS = {"very far": 20, "far": 6, "near": 3, "very near": 2, "adjacent": 1}
"""Word -> least distance, counted in moves of a king."""
_LOOK = 9
DARK = "dark area"
_SCENERY = re.compile(
    r".* wall|doorway|(open|broken) door|dark area|.* trap|squeaky board|land mine"
    r"|(spiked )?pit|hole|trap door|level teleporter|magic portal|web|vibrating square|$"
)
PLAIN = re.compile(r"floor of a room|(lit )?corridor|.* called Agent$")


def text_of(cells: Any) -> str:
    """Return the text in an array of bytes that ends at the first zero."""
    return bytes(cells).split(b"\0", 1)[0].decode("latin-1")


def own_cell(obs: dict[str, Any]) -> Cell:
    """Return where the player stands."""
    return int(obs["blstats"][0]), int(obs["blstats"][1]) + 1


def screen(obs: dict[str, Any]) -> dict[Cell, str]:
    """Return what is on every cell of the map."""
    names: dict[Cell, str] = {}
    known: dict[bytes, str] = {}
    for y, row in enumerate(obs["screen_descriptions"], start=1):
        for x, cell in enumerate(row):
            raw = bytes(cell)
            name = known.get(raw)
            if name is None:
                name = re.sub(r"^(an?|the) ", "", text_of(raw)).replace("staircase", "stairs")
                known[raw] = name = DARK if name in ("", "dark part of a room") else name
            if name == "wall":
                upright = chr(obs["tty_chars"][y][x]) == "|"
                name = f"{'vertical' if upright else 'horizontal'} wall"
            names[x, y] = name
    return names


def _place(dx: int, dy: int) -> tuple[str, str]:
    """Return nearness and direction of a cell that is (dx, dy) away."""
    distance = max(abs(dx), abs(dy))
    near = next(word for word, least in _NEARNESS.items() if distance >= least)
    both = min(abs(dx), abs(dy))
    ns, ew = ("south" if dy > 0 else "north"), ("east" if dx > 0 else "west")
    straight = (ns if abs(dy) > both else "") + (ew if abs(dx) > both else "")
    return near, straight + (ns + ew if both else "")


def plural(name: str) -> str:
    """Return the plural as the wrapper forms it, ``torchs`` and the like included."""
    head, _, rest = name.partition(" ")
    if head in ("scroll", "swallow") and rest:
        return f"{head}s {rest}"
    if found := re.match("worthless piece|can(?= of grease)|unknown creature", name):
        return f"{found[0]}s{name[found.end() :]}"
    if name in ("ice", "lava", "molten lava"):
        return f"area of {name}"
    if name.endswith(("boots", "shoes", "scales", "lenses", "bars")):
        return name
    if re.search("[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    if name.endswith("f"):
        return f"{name.removesuffix('f').removesuffix('f')}ves"
    return name + ("es" if name.endswith(("s", "x", "z", "sh")) else "s")


def in_words(names: dict[Cell, str], own: Cell) -> str:
    """Describe what is around, the far things first, then clockwise from north."""
    found: Counter[tuple[str, str, str]] = Counter()
    for (x, y), name in names.items():
        if (x, y) != own and not _SCENERY.fullmatch(name) and not PLAIN.fullmatch(name):
            found[name, *_place(x - own[0], y - own[1])] += 1
    for dx, dy in COMPASS.values():
        for steps in range(1, _LOOK + 1):
            cell = own[0] + dx * steps, own[1] + dy * steps
            if cell not in names:
                break  # the map ends here; what is only dark is on it
            name = names[cell]
            if _SCENERY.fullmatch(name):
                found[name, *_place(dx * steps, dy * steps)] += 1
            if name.endswith("wall") or name == DARK:
                break
    lines: dict[tuple[str, str], list[str]] = {}
    for (name, near, direction), count in found.items():
        shown = plural(name) if count > 1 else name
        lines.setdefault((near, shown), []).append(direction)
    ranks = list(_NEARNESS)
    texts = []
    for (near, name), directions in lines.items():
        ways = sorted(directions, key=_AROUND.index)
        told = " and ".join(ways) if len(ways) < 3 else f"{', '.join(ways[:-1])}, and {ways[-1]}"
        texts.append((ranks.index(near), _AROUND.index(ways[0]), f"{name} {near} {told}"))
    return "\n".join(text for _, _, text in sorted(texts))


def contexts(obs: dict[str, Any], names: dict[Cell, str]) -> tuple[str, str]:
    """Return the long-term context (message to map) and the inventory."""
    own = own_cell(obs)
    role = re.search(r"(\w+) called Agent", names.get(own, ""))
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
