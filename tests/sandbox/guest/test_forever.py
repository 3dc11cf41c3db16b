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


_COUNTS = """
import sys
sys.path.insert(0, sys.argv[1])
from almaguest import forever

def quotes():
    return ("a text that only this code holds", 12345.5)

class Meta(type):
    pass

class Made(metaclass=Meta):
    pass

forever.make_immortal()
print([sys.getrefcount(one) > 1 << 30 for one in (*quotes(), quotes(), Made, quotes.__code__)])
"""


def test_constants_of_code_and_classes_of_metaclasses_are_marked_too():
    ran = subprocess.run(
        [sys.executable, "-c", _COUNTS, str(GUEST)], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, str([True] * 5)), ran.stderr[-2000:]


_FILLS = """
import sys
sys.path.insert(0, sys.argv[1])
from almaguest import forever

class Strewn:
    pass

many = [bytes(200) for _ in range(20000)]
del many[::7]
free = len(range(0, 20000, 7)) * 240
kept = forever.use_up()
size = sum(sys.getsizeof(row[0]) * len(row) for row in kept)
fresh = [bytes(200) for _ in range(20)]
steps = {b - a for a, b in zip(map(id, fresh), map(id, fresh[1:]))}
print(size > free, size < free + (8 << 20), steps == {240})
"""


def test_free_places_are_used_up_so_that_what_comes_next_lies_in_a_row():
    ran = subprocess.run(
        [sys.executable, "-c", _FILLS, str(GUEST)], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "True True True"), ran.stderr[-2000:]
