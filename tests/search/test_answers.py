"""Modules and reflections are found in answers, however a model has wrapped them."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alma_safe.search.proposers.answers import blocks, source_of
from alma_safe.search.proposers.reflected import validated
from tests.domains.designs import LEARNER
from tests.search.test_meta import CODE, REFLECTION

MODULE = "class Memory(MemoStructure):\n    pass\n"
LINE = st.text(
    st.one_of(st.sampled_from("`~#'\"\\ {}"), st.characters(codec="utf-8", categories=["L", "N"])),
    max_size=12,
)
PROSE = st.lists(
    st.one_of(
        st.sampled_from(["Here it is:", "1. first", "- `x` -> y", "It's done; don't.", ""]),
        st.sampled_from(["```bash\npip install x\n```", "```json\n{}\n```", "```\na -> b\n```"]),
    ),
    max_size=4,
).map("\n".join)
INFOS = st.sampled_from(
    ["", "python", "Python", "PY", "python3", 'python title="memory.py"', "{.python}", "text",
     "python:memory.py", "Python,linenos", "c++", "code here"]
)  # fmt: skip


def docstring(lines: list[str]) -> str:
    return '"""' + "\n".join(lines).replace("\\", "/").replace('"', "'") + '\n"""'


@st.composite
def modules(draw: st.DrawFn) -> str:
    """Modules that Python reads, with all that could be taken for a fence in them."""
    filler = st.one_of(
        LINE.map(lambda line: f"# {line}"),
        LINE.map(lambda line: f"x = {line!r}"),
        st.lists(st.one_of(LINE, st.sampled_from(["```", "```json", "~~~", "x ```"]))).map(
            docstring
        ),
        st.just(""),
    )
    head = draw(st.lists(filler, max_size=5))
    tail = draw(st.lists(filler, max_size=3))
    parts = ["import abc", *head, "class Memory(MemoStructure):\n    def f(self):\n        pass"]
    return "\n".join([*parts, *tail, "y = 1"]) + "\n"


def wrapped(text: str, info: str, char: str, length: int, indent: str, glued: bool) -> str:
    longest = max((len(run) for run in re.findall(rf"{char}+", text)), default=0)
    fence = char * max(length, longest + 1)
    body = text.rstrip("\n") if glued else text
    block = f"{fence}{info}\n{body}{fence}"
    return "\n".join(indent + line for line in block.split("\n"))


# A slow machine is no fault of the strategy.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    text=modules(), info=INFOS, char=st.sampled_from("`~"), length=st.integers(3, 7),
    indent=st.sampled_from(["", "  ", "    ", "\t"]), glued=st.booleans(),
    before=PROSE, after=PROSE, crlf=st.booleans(),
)  # fmt: skip
def test_a_module_comes_back_exactly_from_any_fence(
    text: str, info: str, char: str, length: int, indent: str, glued: bool, before: str,
    after: str, crlf: bool,
) -> None:  # fmt: skip
    assume(_parses(text))
    answer = f"{before}\n{wrapped(text, info, char, length, indent, glued)}\n{after}"
    assert source_of(answer.replace("\n", "\r\n") if crlf else answer) == text


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(text=modules())
def test_a_module_without_fences_around_it_is_taken_whole(text: str) -> None:
    # Not where a docstring of it has a block of its own that could be meant.
    assume(not any("MemoStructure" in each.text for each in blocks(text)))
    assert source_of(text) == text


@given(text=st.text(st.one_of(st.sampled_from("`~\n '\"#\\py"), st.characters()), max_size=200))
def test_any_answer_is_read(text: str) -> None:
    source_of(text)
    for each in blocks(text):
        assert set(each.text) <= {*text, "\n"}


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        (CODE, LEARNER),
        (CODE.replace("\n", "\r\n"), LEARNER),
        ("````python\nx = '```'\n````", "x = '```'\n"),
        ("~~~\nx = 1\n~~~", "x = 1\n"),
        ("```python\nx = 1\n```\nand\n```python\ny = 2\n```", "x = 1\n"),
        ("```python\nx = 1\ncut of", "x = 1\ncut of"),
        (LEARNER, LEARNER),
        ("nothing", ""),
        ("```\n\n```", ""),
        (f"```bash\npip install x\n```\n```python\n{MODULE}```", MODULE),
        (f"```bash\npip install x```\n```python\n{MODULE}```", MODULE),
        (f"```bash\npip install x\n\n```python\n{MODULE}```", MODULE),
        (f"```json\n{{}}\n```\n\nText\n\n```python\n{MODULE}```\n", MODULE),
        (f"```\na -> b\n```\n```python\n{MODULE}```", MODULE),
        (f"```\nMemory(MemoStructure)\n```\n```\n{MODULE}```", MODULE),
        (f"```Python\n{MODULE}```\n", MODULE),
        (f'```python title="memory.py"\n{MODULE}```\n', MODULE),
        (f"```python\n{MODULE.rstrip()}```\nGood luck.", MODULE),
        (f"```python\n{MODULE.rstrip()}```\n```bash\nls\n```", MODULE),
        ("1. so\n   ```python\n   class A:\n       x = 1\n   ```\n", "class A:\n    x = 1\n"),
        ("   ```python\nclass A:\n    x = 1\n   ```\n", "class A:\n    x = 1\n"),
        (f"```markdown\n# Plan\n```python\n{MODULE}```\n```\n", MODULE),
        (f"```python\nclass A:\n    pass\n```\nIn full:\n```python\n{MODULE}```", MODULE),
        (f"```pycon\n>>> class A(MemoStructure)\n```\n```python\n{MODULE}```", MODULE),
        (f"```python\n{MODULE.rstrip()}", MODULE.rstrip()),
        ("```python\nx = 1  # no '''\n```\nso", "x = 1  # no '''\n"),
        ('```python\nx = """never closed\n```\nso', 'x = """never closed\n'),
        ("The class is no MemoStructure; I will not write it.", ""),
        (f'"""\n```json\n{{}}\n```\n"""\n{MODULE}', f'"""\n```json\n{{}}\n```\n"""\n{MODULE}'),
        (f'```python\n"""\n```\nx\n```\n"""\n{MODULE}```', f'"""\n```\nx\n```\n"""\n{MODULE}'),
    ],
)
def test_the_module_is_found_in_an_answer(answer: str, source: str) -> None:
    assert source_of(answer) == source


@pytest.mark.parametrize(
    "answer",
    [
        "Sure:\n```json\n{}\n```",
        "```JSON\n{}```",
        "```\nmy plan\n```\n\n```json\n{}\n```\nDone {x}.",
        "  ```json\n  {}\n  ```",
        "{}",
    ],
)
def test_a_reflection_is_found_among_words(answer: str) -> None:
    assert validated(answer.replace("{}", json.dumps(REFLECTION))) == REFLECTION


def test_what_a_reflection_has_beside_its_schema_is_left_out() -> None:
    more: dict[str, Any] = validated(json.dumps({**REFLECTION, "extra": 1}))
    assert "extra" not in more


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
