"""Whatever text comes in, the stage answers with a result and never raises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.report import StageResult, Status
from alma_safe.verifier.static.stage import StaticStage

HONEST = Path(__file__).resolve().parents[2] / "assets" / "static" / "accepted"
SOURCES = [path.read_text(encoding="utf-8") for path in sorted(HONEST.glob("*.py"))]
TOKENS = [
    "eval", "__class__", "(", ")", "[", "]", ":", "=", "import os", "lambda", "await ", "*", "{",
    "}", "'", '"""', "\n", "    ", "\\", "match x:", "case", "@", "f'", ".format", "**", "0x", "é",
    "async ", "global x", "del ", "...", ":=", "\t", "#", "type X = ", "class A:", "while True: 1",
]  # fmt: skip
SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Bench:
    """A stage with its own event loop, alive for one test."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.stage = StaticStage(load_policy("strict"))

    def judge(self, data: bytes) -> StageResult:
        return self.loop.run_until_complete(self.stage.run(Design.from_bytes(data)))

    def close(self) -> None:
        self.loop.run_until_complete(self.stage.aclose())
        self.loop.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def check(result: StageResult) -> None:
    assert result.status in (Status.PASSED, Status.FAILED)
    assert result.checks > 0
    assert not [f for f in result.findings if f.rule in ("S012", "S013")]
    for finding in result.findings:
        assert finding.message.isprintable()


@given(data=st.binary(max_size=300))
@SLOW
def test_arbitrary_bytes(bench: Bench, data: bytes) -> None:
    check(bench.judge(data))


@given(text=st.text(max_size=300))
@example(text="x = '\ud7ff'")
@SLOW
def test_arbitrary_text(bench: Bench, text: str) -> None:
    check(bench.judge(text.encode("utf-8")))


@given(
    source=st.sampled_from(SOURCES),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(TOKENS)),
        min_size=1,
        max_size=5,
    ),
)
@SLOW
def test_mutated_honest_source(
    bench: Bench, source: str, edits: list[tuple[float, int, str]]
) -> None:
    for where, cut, token in edits:
        position = int(where * len(source))
        source = source[:position] + token + source[position + cut :]
    check(bench.judge(source.encode("utf-8")))


@given(lines=st.lists(st.sampled_from("\n".join(SOURCES).split("\n")), max_size=40))
@SLOW
def test_shuffled_lines(bench: Bench, lines: list[str]) -> None:
    check(bench.judge("\n".join(lines).encode("utf-8")))


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "-" * 15000 + "1",
        "x = " + "not " * 4900 + "1",
        "x = a" + ".b" * 9000,
        "x = a" + "[0]" * 6000,
        "x = f" + "()" * 9000,
        "x = " + "[" * 9000,
        "x = " + "(" * 190 + ")" * 190,
        "x = " + "+".join("1" * 9000),
        "x = " + "lambda:" * 2500 + "1",
        "x = 0x" + "f" * 19000,
        "x = " + "9" * 5000,
        "if a:\n pass\n" + "elif a:\n pass\n" * 3900,
        "\n".join(" " * i + "if a:" for i in range(99)) + "\n" + " " * 99 + "pass",
        "x = " + "'a' " * 4000,
        "x = " + "1 << " * 3000 + "1",
        "x = " + "2 ** " * 3000 + "1",
        "f'{" * 150 + "1" + "}'" * 150,
        "@a\n" * 7000 + "def f(): pass",
        "x = [" + "0," * 9000 + "]",
        "match x:\n case " + "|".join("1" for _ in range(5000)) + ": pass",
        "def f(" + ",".join(f"a{i}" for i in range(2500)) + "): pass",
        "x: " + "list[" * 150 + "int" + "]" * 150,
        "\n".join(f"from collections import deque as a{i}" for i in range(3000)),
        "\n".join(f"A{i + 1} = A{i} + A{i}" for i in range(3000)),
        "x = 1;" * 3000,
    ],
)
def test_sources_made_to_break_checkers_are_answered(bench: Bench, source: str) -> None:
    result = bench.judge(source.encode("utf-8"))
    assert result.status is Status.FAILED
    assert result.duration_s < 9
