"""Limits that a policy sets: a guest that meets them, under a wide and under a narrow one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """What a guest does, and the ending that the narrow limit has to bring."""

    name: str
    body: str
    wide: Mapping[str, Any]
    narrow: Mapping[str, Any]
    ending: str


LIMITS = (
    Limited(
        name="memory of a guest",
        body="kept = bytearray(b'x' * (120 << 20))\nreturn True",
        wide={"memory_mb": 400},
        narrow={"memory_mb": 64},
        ending="oom",
    ),
    Limited(
        name="processor time",
        body="end = os.times().user + 2\nwhile os.times().user < end: pass\nreturn True",
        wide={"cpu_s": 30},
        narrow={"cpu_s": 1},
        ending="timeout_cpu",
    ),
    Limited(
        name="deadline of a call",
        body="time.sleep(0.6)\nreturn True",
        wide={"deadline_s": 10.0},
        narrow={"deadline_s": 0.2},
        ending="timeout_wall",
    ),
    Limited(
        name="life of a session",
        body="time.sleep(3.5)\nreturn True",
        wide={"wall_s": 60},
        narrow={"wall_s": 3},
        ending="timeout_wall",
    ),
    Limited(
        name="output",
        body="os.write(2, b'x' * 100_000)\ntime.sleep(0.3)\nreturn True",
        wide={"output_bytes": 1 << 20},
        narrow={"output_bytes": 20_000},
        ending="output",
    ),
    Limited(
        name="size of a frame",
        body="from almaguest.bridge import current\n"
        "current().send({'call': 99, 'kind': 'none', 'payload': {'text': 'x' * 100_000}})\n"
        "time.sleep(0.3)\nreturn True",
        wide={"frame_bytes": 8 << 20},
        narrow={"frame_bytes": 20_000},
        ending="protocol",
    ),
    Limited(
        name="bytes over the wire",
        body="from almaguest.bridge import current\n"
        "for n in range(20):\n"
        "    current().send({'call': n, 'kind': 'none', 'payload': {'text': 'x' * 10_000}})\n"
        "time.sleep(0.3)\nreturn True",
        wide={"traffic_bytes": 8 << 20},
        narrow={"traffic_bytes": 100_000},
        ending="protocol",
    ),
)
