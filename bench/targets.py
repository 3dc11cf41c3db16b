"""What the gate is meant to cost, beside what it costs here.

The targets in milliseconds were set on a machine on which ``python -S -c pass`` took 5.7 ms of
CPU time. On another they mean as many times that machine's own yardstick.
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.cpu import Figure

YARDSTICK = "floor: python -S -c pass"
RATE = "designs of 22 lines a minute, one job for each core"
PAIR = "floor: two processes with asyncio's streams, there and back, µs"
BROKERED = "a brokered call and back, µs"
KILLED = "a runaway guest, from the decision to its end, ms"

_YARDSTICK_MS = 5.7


def table(figures: Mapping[str, Figure], walls: Mapping[str, float]) -> str:
    """One row for each target: as set, as it is at this machine's pace, and what was measured."""

    def ms(name: str) -> float:
        return figures[name].median

    pace = ms(YARDSTICK) / _YARDSTICK_MS
    long_ = next(name for name in figures if name.startswith("warm gate") and "called" in name)
    warm, cold = "warm gate, 22 lines", "verify, all stages, small (22 lines)"
    forked = ms("guest: forked")
    rows = [
        _most("warm gate of a small design, x its floor", 2.0, 1.0,
              ms(warm) / ms("floor of the gate, 22 lines")),
        _most("warm gate of a small design, ms", 40, pace, ms(warm)),
        _most(long_.replace("warm gate", "warm gate of a long design") + ", ms", 320, pace,
              ms(long_)),
        _least("a hardened container, x a forked guest", 10, 1.0,
               ms("guest: a hardened container") / forked),
        _least("a jail of its own, x a forked guest", 4, 1.0,
               ms("guest: a jail of its own") / forked),
        _least("designs a minute", 1500, 1 / pace, walls[RATE]),
        _most("cold verify, ms", 300, pace, ms(cold)),
        _most("a brokered call, µs", 60, pace, walls[BROKERED]),
        _most("a runaway guest, ms", 20, 1.0, walls[KILLED]),
    ]  # fmt: skip
    head = [
        f"At {ms(YARDSTICK):.1f} ms for `python -S -c pass` this machine takes {pace:.2f} times as "
        "long as the one on which the targets were set.",
        "",
        "| target | as set | at this pace | measured | within |",
        "|---|---:|---:|---:|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def _most(name: str, target: float, pace: float, found: float) -> str:
    return _row(name, "<=", target, pace, found, within=found <= target * pace)


def _least(name: str, target: float, pace: float, found: float) -> str:
    return _row(name, ">=", target, pace, found, within=found >= target * pace)


def _row(name: str, sign: str, target: float, pace: float, found: float, *, within: bool) -> str:
    here = target * pace
    said = "yes" if within else f"{found / here:.2f} times" if sign == "<=" else "no"
    return (
        f"| {name} | {sign} {_short(target)} | {sign} {_short(here)} | {_short(found)} | {said} |"
    )


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
