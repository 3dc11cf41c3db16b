"""Run by an ordinary user: opens guests and prints what became of them as JSON.

    ordinary_user.py KIND [RUNTIME GUEST]

KIND is a way to a guest (see ``jail.BACKENDS``). The two folders are a staged root;
staging needs the libraries, which that user may not be able to read.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from alma_safe.sandbox import doctor, rootfs

if len(sys.argv) == 4:
    staged = rootfs.Rootfs(path=Path(sys.argv[2]), guest=Path(sys.argv[3]), chroma=False)
    rootfs.stage = lambda chroma=False: staged  # type: ignore[assignment]

from alma_safe.sandbox.base import SessionEnded
from tests.sandbox import jail

HOARD = (
    "kept = []\nwhile True:\n    kept.append(bytearray(b'x' * (1 << 20)))\n    time.sleep(0.002)"
)
BODIES = {
    "completed": ("return {}", 10.0),
    "oom": (HOARD, 10.0),
    "timeout_cpu": ("while True: pass", 15.0),
    "timeout_wall": ("time.sleep(60)", 0.5),
    "seccomp": ("os.unshare(os.CLONE_NEWUSER)", 10.0),
    "exit": ("os._exit(137)", 10.0),
    "output": ("while True: os.write(1, b'x' * 65536)", 10.0),
}
LOOK = """
def can(action):
    try:
        action()
        return True
    except OSError:
        return False
return {
    "ids": [*os.getresuid(), *os.getresgid()], "pid": os.getpid(), "env": sorted(os.environ),
    "passwd": can(lambda: open("/etc/passwd")), "proc": can(lambda: os.listdir("/proc")),
    "root": can(lambda: open("/x", "w")), "code": can(lambda: open("/guest/names/x", "w")),
    "tmp": can(lambda: open("/tmp/x", "w")), "fork": can(os.fork),
}"""


async def ended(body: str, deadline_s: float) -> dict[str, Any]:
    limits = jail.policy(sandbox={"memory_mb": 96, "cpu_s": 1, "wall_s": 30})
    async with jail.guest(jail.design(retrieve=body), limits) as session:
        await jail.ready(session)
        started = time.monotonic()
        try:
            payload = {"instance": 1, "recorder": jail.EPISODE}
            await session.call("retrieve", payload, deadline_s=deadline_s)
        except SessionEnded:
            pass
        took = time.monotonic() - started
        closing = await session.close()
        return {
            "ending": closing.ending.value,
            "decided_by": closing.decided_by,
            "took_s": took,
            "degraded": list(session.degraded),
            "peak": closing.usage.peak_memory_bytes,
        }


async def posture() -> dict[str, Any]:
    """The host's view of a guest, and the guest's of itself."""
    async with jail.guest(jail.design(retrieve=LOOK)) as session:
        await jail.ready(session)
        pid = session.guest_pid()
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        return {
            "status": dict(line.split(":\t", 1) for line in status if ":\t" in line),
            "inside": (await jail.retrieve(session))["result"],
        }


async def main() -> dict[str, Any]:
    jail.chosen = sys.argv[1]
    (examined,) = await doctor.examine(("nsjail",))
    before = jail.descendants()
    return {
        "uid": os.getuid(),
        "usable": examined.usable,
        "degraded": list(examined.degraded),
        "guards": {guard.name: [guard.active, guard.detail] for guard in examined.guards},
        "posture": await posture(),
        "endings": {name: await ended(*case) for name, case in BODIES.items()},
        "left": sorted(jail.descendants() - before),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
