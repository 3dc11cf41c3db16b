"""Whatever bytes come in, a verdict comes out: the tool never crashes on an input."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import time
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alma_safe import __version__
from alma_safe.design import MAX_BYTES, Design
from alma_safe.policy import load_policy
from alma_safe.report import DesignReport, Report, Verdict
from alma_safe.text import visible
from alma_safe.verifier.feedback import Feedback
from alma_safe.verifier.pipeline import Gate

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "tests" / "assets"
BOUND_S = 30.0
"""Far above what any input takes; the tools' own limits lie below."""

FUZZ = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def corpus(*folders: str) -> list[str]:
    paths = [path for folder in folders for path in sorted((ASSETS / folder).glob("*.py"))]
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths]


HONEST = corpus("honest")
HOSTILE = corpus("hostile", "buggy")
SMALL = [text for text in HONEST if len(text) < 6000]

type Judge = Callable[[bytes], DesignReport]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Judge bytes by the stages without a guest, and check what always has to hold."""
    with asyncio.Runner() as runner:
        gate = Gate(load_policy(), backend=None, stages=("static", "types")).open()

        def judged(data: bytes) -> DesignReport:
            started = time.monotonic()
            report = runner.run(gate.verify(Design.from_bytes(data)))
            assert time.monotonic() - started < BOUND_S
            check(report)
            return report

        yield judged
        runner.run(gate.aclose())


def check(report: DesignReport) -> None:
    assert report.verdict in (Verdict.PARTIAL, Verdict.REJECTED)
    assert Report(designs=(report,), tool_version=__version__).exit_code in (0, 1)
    for stage in report.stages:
        for finding in stage.findings:
            assert visible(finding.message, 10_000) == finding.message
            assert finding.line >= 0
    rendered = Feedback.of(report).render()
    assert visible(rendered, len(rendered), newlines=True) == rendered


def tokens(text: str) -> list[str]:
    """The tokens of a source with the space before each, as far as it can be tokenised."""
    found: list[str] = []
    lines = text.splitlines(keepends=True)
    end = (1, 0)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.start == token.end or token.start < end:
                continue
            space = ""
            if token.start[0] == end[0]:
                space = lines[end[0] - 1][end[1] : token.start[1]]
            else:
                space = lines[token.start[0] - 1][: token.start[1]]
            found.append(space + token.string)
            end = token.end
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass
    return found or [text]


@st.composite
def mutated_tokens(draw: st.DrawFn) -> str:
    """An honest design with tokens deleted, doubled, swapped or taken from elsewhere."""
    parts = tokens(draw(st.sampled_from(SMALL)))
    foreign = tokens(draw(st.sampled_from(HOSTILE)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(parts) - 1))
        other = draw(st.integers(0, len(parts) - 1))
        change = draw(st.sampled_from(["delete", "double", "swap", "foreign"]))
        if change == "delete" and len(parts) > 1:
            del parts[place]
        elif change == "double":
            parts.insert(place, parts[place])
        elif change == "swap":
            parts[place], parts[other] = parts[other], parts[place]
        else:
            parts[place] = draw(st.sampled_from(foreign))
    return "".join(parts)


@st.composite
def shuffled_lines(draw: st.DrawFn) -> str:
    """A design with some of its lines in another order or at another depth."""
    lines = draw(st.sampled_from(SMALL)).split("\n")
    start = draw(st.integers(0, len(lines) - 1))
    count = draw(st.integers(1, 12))
    moved = draw(st.permutations(lines[start : start + count]))
    indent = draw(st.sampled_from(["", "    ", "\t"]))
    return "\n".join([*lines[:start], *(indent + line for line in moved), *lines[start + count :]])


@st.composite
def splices(draw: st.DrawFn) -> str:
    """The beginning of one sample and the end of another, hostile ones among them."""
    head = draw(st.sampled_from(HONEST + HOSTILE)).split("\n")
    tail = draw(st.sampled_from(HOSTILE + HONEST)).split("\n")
    cut, start = draw(st.integers(0, len(head))), draw(st.integers(0, len(tail)))
    return "\n".join([*head[:cut], *tail[start:]])


@given(data=st.binary(max_size=2000))
@FUZZ
def test_any_bytes(judge: Judge, data: bytes) -> None:
    judge(data)


@given(text=st.text(st.characters(exclude_categories=()), max_size=500))
@FUZZ
def test_any_text(judge: Judge, text: str) -> None:
    judge(text.encode("utf-8", "surrogatepass"))


@given(text=mutated_tokens())
@FUZZ
def test_designs_with_changed_tokens(judge: Judge, text: str) -> None:
    judge(text.encode("utf-8", "surrogatepass"))


@given(text=shuffled_lines())
@FUZZ
def test_designs_with_moved_lines(judge: Judge, text: str) -> None:
    judge(text.encode("utf-8", "surrogatepass"))


@given(text=splices())
@FUZZ
def test_spliced_samples(judge: Judge, text: str) -> None:
    judge(text.encode("utf-8", "surrogatepass"))


@given(
    text=st.sampled_from(SMALL),
    place=st.floats(0, 1),
    noise=st.binary(min_size=1, max_size=8),
)
@FUZZ
def test_designs_with_damaged_bytes(judge: Judge, text: str, place: float, noise: bytes) -> None:
    data = text.encode("utf-8", "surrogatepass")
    position = int(place * len(data))
    judge(data[:position] + noise + data[position + len(noise) :])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\0" * 1000,
        b"\xef\xbb\xbf",
        b"\xff" * MAX_BYTES,
        b"#" * (MAX_BYTES + 1),
        b"(" * MAX_BYTES,
        b"x=" + b"-" * 100_000 + b"1",
        b"a=1\n" * 60_000,
        b"# -*- coding: utf-7 -*-\n",
        b"f'{" * 1000,
        b"if 1:\n" + b" " * 200_000 + b"pass",
        b"\x0c\x0b\x1a" * 100,
        b"match x:\n  case " + b"[" * 3000,
        "x = '\U0001f34e'\u2028\u2029\x85".encode(),
    ],
    ids=range(15),
)
def test_known_awkward_inputs(judge: Judge, data: bytes) -> None:
    judge(data)


def test_every_sample_gets_a_verdict_from_the_command_line() -> None:
    folders = [str(ASSETS / name) for name in ("honest", "buggy", "hostile", "rules", "static")]
    ran = subprocess.run(
        [sys.executable, "-m", "alma_safe", "verify", *folders, "--stages", "static"],
        capture_output=True,
        cwd=ROOT,
        timeout=300,
    )
    assert ran.returncode == 1, ran.stderr[-2000:]
    assert b"Traceback" not in ran.stderr
    printed = ran.stdout.decode("utf-8").replace("\n", "")
    assert visible(printed, len(printed)) == printed


@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
def test_hostile_samples_can_be_reported_in_every_format(form: str) -> None:
    ran = subprocess.run(
        [
            sys.executable, "-m", "alma_safe", "verify", str(ASSETS / "hostile"),
            "--stages", "static", "--format", form,
        ],
        capture_output=True,
        cwd=ROOT,
        timeout=300,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr[-2000:]
    assert ran.stderr == b""
    ran.stdout.decode("utf-8")
