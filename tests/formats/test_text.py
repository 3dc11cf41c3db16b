from __future__ import annotations

import dataclasses

from alma_safe.formats.text import TextFormat
from alma_safe.report import Finding, Severity, Status
from tests.formats.builders import ACCEPTED, BROKEN, REJECTED, design, report, stage


def shown(*designs, color=False):
    return TextFormat().render(report(*designs), color=color)


def test_rejected_design_reads_as_a_page():
    assert (
        shown(REJECTED)
        == """\
rejected  designs/memory.py  (policy strict, 1.0 s)
  static      failed     250 ms  3 checks
  types       failed     250 ms  3 checks
  properties  failed     250 ms  3 checks
  execution   skipped

  error[S101] designs/memory.py:1:8: import of os is not allowed
    1 | import os
      |        ^
    hint: Use a module of the allowlist.

  error[mypy.attr-defined] designs/memory.py:6:24: "Memory" has no attribute "lost"
    6 |         return {"goal": self.lost}
      |                        ^
    note:
      first
      second
    hint: Define lost in __init__.

  error[P101] general_retrieve raised KeyError: 'obs'
    to see it happen:
      memory = Memory()
      await memory.general_retrieve(Basic_Recorder())
    counters: calls 3, shrinks 12
    seed: 7
    hint: Handle an empty memory.
  warning[S201] designs/memory.py:4: x is a poor name
"""
    )


def test_accepted_design_is_short():
    assert len(shown(ACCEPTED).splitlines()) == 5


def test_many_designs_end_in_a_count():
    last = shown(ACCEPTED, REJECTED, BROKEN, ACCEPTED).splitlines()[-1]
    assert last == "4 designs: 2 accepted, 1 rejected, 1 error"


def test_one_design_has_no_count():
    assert "1 design:" not in shown(ACCEPTED)


def test_nothing_judged_says_so():
    assert shown() == "error: no design was judged\n"
    assert "no stage was executed" in shown(design())


def test_usage_of_a_guest_is_told():
    usage = {"cpu_s": 0.31, "peak_memory_bytes": 84 * 2**20, "seed": 7, "degraded": ["cgroup"]}
    usage |= {"chroma": "stand-in", "unfinished": ["bulk", "llm"]}
    line = shown(design(stage("properties", usage=usage))).splitlines()[1]
    assert line.endswith(
        "310 ms CPU, 84 MiB, seed 7, chroma stand-in, degraded: cgroup, unfinished: bulk llm"
    )


def test_long_lists_are_cut_and_counted():
    errors = [Finding(rule="S101", message=f"number {n}") for n in range(25)]
    warnings = [dataclasses.replace(e, severity=Severity.WARNING) for e in errors]
    text = shown(design(stage("static", Status.FAILED, *errors, *warnings)))
    assert "... 5 more errors; --format json has all" in text
    assert "... 15 more warnings; --format json has all" in text


def test_colours_only_when_asked():
    assert "\x1b[" not in shown(REJECTED)
    assert "\x1b[1;31mrejected\x1b[0m" in shown(REJECTED, color=True)


def test_terminal_escapes_of_a_design_are_shown_not_sent():
    hostile = Finding(rule="S101", message="\x1b]0;owned\x07\u202e", line=1)
    text = shown(design(stage("static", Status.FAILED, hostile), source="\x1b[2J = 1\n"))
    assert "\x1b" not in text
    assert r"\x1b]0;owned\x07\u202e" in text
    assert r"\x1b[2J = 1" in text
