"""What a parent of guests marks as immortal, in a process of its own: nothing undoes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import alma_safe.sandbox

GUEST = Path(alma_safe.sandbox.__file__).parent / "guest"

# Awaiting a future leaves an iterator behind that asyncio's module in C keeps for the next.
_AWAITS = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from almaguest import forever

async def one():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, 1)
    return await future

async def waits():
    for _ in range(50):
        await asyncio.gather(*(one() for _ in range(20)))

asyncio.run(waits())
forever.make_immortal()
asyncio.run(waits())
print("alive")
"""


def test_what_modules_keep_to_use_again_is_left_alone():
    ran = subprocess.run(
        [sys.executable, "-c", _AWAITS, str(GUEST)], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "alive"), ran.stderr[-2000:]
