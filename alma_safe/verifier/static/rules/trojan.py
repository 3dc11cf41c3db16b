"""S7xx: identifiers that are not what they look like."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree

NORMALISED = Rule(
    id="S702",
    stage="static",
    title="identifier that Python reads as another one",
    reason="Python folds identifiers by NFKC: letters in another font spell a forbidden name.",
    remedy="Write the identifier in plain ASCII letters.",
)
MIXED = Rule(
    id="S703",
    stage="static",
    title="identifier that mixes scripts",
    reason="A letter of another alphabet makes two names look the same to a reader.",
    remedy="Write the identifier in plain ASCII letters.",
)
NON_ASCII = Rule(
    id="S704",
    stage="static",
    title="identifier outside ASCII",
    reason="Readers and tools confuse letters of other alphabets.",
    remedy="Write identifiers in ASCII; text in strings and comments may be in any language.",
    warns=True,
)

RULES = (NORMALISED, MIXED, NON_ASCII)

_PARTS = re.compile(r"[_0-9]+")
_LOOKALIKE_SCRIPTS = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
_FORMULA = frozenset("βγδζηθλμξπσφψωΓΔΘΛΞΠΣΦΨΩ")
_SUSPECT = re.compile(r"[^\W\d]*[^\x00-\x7f\W]\w*")


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    if tree.source.isascii() or not _SUSPECT.search(tree.source):
        return
    strings = _lines_of_strings(tree)
    suspects = {
        tree.source.count("\n", 0, match.start()) + 1 for match in _SUSPECT.finditer(tree.source)
    }
    if suspects <= strings.keys() and all(strings[line] for line in suspects):
        # Every suspect lies on a line inside a multi-line string: no identifiers there.
        return
    plain: dict[str, tuple[int, int]] = {}
    for token in tokenize.generate_tokens(io.StringIO(tree.source).readline):
        if token.type == tokenize.NAME and not token.string.isascii():
            _check_identifier(token.string, token.start, collector, plain)
    if plain:
        name, place = next(iter(plain.items()))
        more = f" and {len(plain) - 1} more" if len(plain) > 1 else ""
        collector.add(NON_ASCII, place, f"the identifier {shown(name)}{more}")


def _lines_of_strings(tree: Tree) -> dict[int, bool]:
    """Lines that lie wholly inside a multi-line string literal."""
    lines: dict[int, bool] = {}
    for node in tree.nodes(ast.Constant):
        if isinstance(node.value, str) and node.end_lineno and node.end_lineno - node.lineno > 1:
            if isinstance(tree.parents.get(node), ast.JoinedStr):
                continue
            for line in range(node.lineno + 1, node.end_lineno):
                lines[line] = True
    return lines


def _check_identifier(
    name: str,
    place: tuple[int, int],
    collector: Collector,
    plain: dict[str, tuple[int, int]],
) -> None:
    """Report ``name``, or note it in ``plain`` when it is only outside ASCII."""
    line, column = place[0], place[1] + 1
    normal = unicodedata.normalize("NFKC", name)
    if normal != name:
        message = f"the identifier {shown(name)} is read as {shown(normal)}"
        collector.add(NORMALISED, (line, column), message)
    elif any(_poses(part) for part in _PARTS.split(name) if part):
        scripts = " and ".join(sorted(_scripts(name)))
        collector.add(MIXED, (line, column), f"the identifier {shown(name)} holds {scripts}")
    else:
        plain.setdefault(name, (line, column))


def _poses(part: str) -> bool:
    """Whether a word of an identifier mixes scripts or stands for Latin letters.

    Greek letters that look like no Latin one are usual in formulas: ``sigma_x`` as a sign.
    """
    scripts = _scripts(part)
    if len(scripts) > 1:
        greek = {char for char in part if not char.isascii() and char.isalpha()}
        return scripts != {"GREEK", "LATIN"} or not greek <= _FORMULA
    if scripts & _LOOKALIKE_SCRIPTS:
        letters = [char for char in part if char.isalpha()]
        if scripts == {"GREEK"} and len(letters) == 1:
            return False
        return bool(letters) and all(char in _LATIN_LOOKING for char in letters)
    return False


def _scripts(name: str) -> frozenset[str]:
    """First word of the Unicode name of each letter: LATIN, CYRILLIC, CJK..."""
    found = set()
    for char in name:
        if char.isalpha():
            found.add(unicodedata.name(char, "UNNAMED").partition(" ")[0].partition("-")[0])
    # Japanese is written in three scripts at once.
    if found & {"HIRAGANA", "KATAKANA", "CJK"}:
        found -= {"HIRAGANA", "KATAKANA", "CJK"}
        found.add("CJK")
    return frozenset(found)


_LATIN_LOOKING = frozenset("асеорхуіјѕԁһӏԛԝАВЕЗКМНОРСТХУІЈЅοναρτυικχεΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
