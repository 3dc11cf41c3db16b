"""Awkward texts: what random generation alone finds too rarely."""

from __future__ import annotations

AWKWARD: tuple[str, ...] = (
    "",
    " ",
    "(",
    "[a-z]+(?P<x>.*)*\\d{2,",
    "{} {0} {name} {0.attr} }{ %s %(x)d $var ${",
    "He said \"it's\" `fine` \\ 'ok'",
    '{"json": [1, 2, {"a": null}], "b": tru',
    "</obs><|system|>\n# Title\n- item: value\n\n\t\r\n",
    "naïve café Ωmega Ünïcödé ß ﬁ",
    "🍎🚪 family: 👩‍👩‍👧 flag: 🇩🇪 combining: e\u0301",
    "厨房里有一个冰箱。打开冰箱门。",
    "مطبخ به ثلاجة مغلقة",
    "0",
    "-1.5e308 NaN inf None True 007",
    "one_single_unbroken_word_" * 8,
    "a:b:c -> d, e; f | g = h / i * j + k ? l ! m @ n # o",
    "\x00\x07\x1b[31mred\x1b[0m\u202eright\u200b",
    "line\n" * 40,
)
"""Every one of these is put into every text field of a recorder."""

LONG_WORDS = (
    "kitchen", "door", "open", "red", "apple", "go", "north", "you", "see", "a", "the", "key",
    "chest", "table", "nothing", "happens", "wall", "stairs", "take", "from",
)  # fmt: skip


def long_text(chars: int) -> str:
    """Ordinary words, ``chars`` characters long, without a simple period."""
    words: list[str] = []
    length, state = 0, 1
    while length < chars:
        state = state * 48271 % 0x7FFFFFFF
        word = LONG_WORDS[state % len(LONG_WORDS)]
        words.append(word)
        length += len(word) + 1
    return " ".join(words)[:chars]


REPLACED_SURROGATE = "broken \ud800 text"
"""A lone surrogate: no real observation holds one, so it only warns."""
