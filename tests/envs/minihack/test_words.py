"""The words for what is around, against vectors of the original language wrapper.

Source of inputs and expected texts: the tests of ngoodger/nle-language-wrapper at 04beac0,
whose maps are given there as glyphs; here each glyph is its name. It names cells that are
out of sight ``dark area`` as well.
"""

from __future__ import annotations

import pytest

from envs.minihack.words import Cell, in_words, plural

OWN = (66, 15)
"""Row 14 of the map, which is row 15 of the screen."""

NEAR = {(66, 14): "vertical closed door"}
AROUND = "dark area adjacent northeast, east, southeast, south, southwest, west, and northwest"


def around(cells: dict[Cell, str], *, dark: bool) -> str:
    """Describe a map of the screen that is dark, or else floor, but for some cells."""
    ground = "dark area" if dark else "floor of a room"
    names = {(x, y): ground for y in range(1, 22) for x in range(79)}
    return in_words(names | cells, OWN)


def test_one_of_each() -> None:
    cells = NEAR | {(50, 21): "tame little dog", (64, 10): "fountain"}
    assert around(cells, dark=True) == (
        "tame little dog far westsouthwest\n"
        "fountain near northnorthwest\n"
        "dark area very near north\n"
        "vertical closed door adjacent north\n"
        f"{AROUND}"
    )


def test_several_of_a_kind() -> None:
    dogs = dict.fromkeys([(18, 15), (50, 21), (51, 21)], "tame little dog")
    fountains = dict.fromkeys([(64, 10), (63, 10)], "fountain")
    assert around(NEAR | dogs | fountains, dark=True) == (
        "tame little dog very far west\n"
        "tame little dogs far westsouthwest\n"
        "fountains near northnorthwest\n"
        "dark area very near north\n"
        "vertical closed door adjacent north\n"
        f"{AROUND}"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("kobold statue", "elven spear", "gray dragon scale mail", "sapphire ring"),
        *("scroll labeled NR 9", "boulder", "leocrotta corpse", "iron golem", "tame yeti"),
    ],
)
def test_one_beside(name: str) -> None:
    assert around({(67, 15): name}, dark=False) == f"{name} adjacent east"


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("monkey", "monkeys"),
        ("pony", "ponies"),
        ("wizard", "wizards"),
        ("priestess", "priestesses"),
        ("elf", "elves"),
        ("quarterstaff", "quarterstaves"),
        ("lava", "area of lava"),
    ],
)
def test_two_far_away(name: str, several: str) -> None:
    assert around({(72, 15): name, (73, 15): name}, dark=False) == f"{several} far east"


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("iron bars", "iron bars"),
        ("scroll labeled NR 9", "scrolls labeled NR 9"),
        ("worthless piece of red glass", "worthless pieces of red glass"),
        ("can of grease", "cans of grease"),
        ("canary", "canaries"),
        ("lynx", "lynxes"),
        ("horizontal wall", "horizontal walls"),
    ],
)
def test_plurals_that_are_odd(name: str, several: str) -> None:
    assert plural(name) == several


@pytest.mark.parametrize("name", ["open door", "trap door", "spiked pit", "web"])
def test_what_is_seen_only_in_a_straight_line(name: str) -> None:
    assert around({(68, 15): name}, dark=False).startswith(f"{name} very near east")
    assert name not in around({(68, 16): name}, dark=False)
