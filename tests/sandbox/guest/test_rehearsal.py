"""What a parent of guests rehearses leaves nothing behind that a guest could tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import alma_safe.sandbox

GUEST = Path(alma_safe.sandbox.__file__).parent / "guest"
ROOT = Path(alma_safe.sandbox.__file__).parent.parent.parent

_REHEARSES = """
import asyncio, gc, json, os, random, signal, sys, threading
sys.path[:0] = sys.argv[1:]
from agents.memo_structure import MemoStructure, Sub_memo_layer
from almaguest import bridge, rehearsal
from almaguest.material import Material

def state():
    gc.collect()
    return {
        "classes": len(MemoStructure.__subclasses__()) + len(Sub_memo_layer.__subclasses__()),
        "module": "design" in sys.modules,
        "random": hash(random.getstate()),
        "threads": threading.active_count(),
        "descriptors": sorted(os.listdir("/proc/self/fd")),
        "timer": signal.getitimer(signal.ITIMER_REAL),
        "bridge": bridge._current is None,
        "reread": hash(json.dumps(rehearsal._RECORDER)),
    }

before = state()
heard = []
send_text = bridge.Bridge.send_text
bridge.Bridge.send_text = lambda self, text: (heard.append(text), send_text(self, text))
rehearsal.rehearse(Material.of([rehearsal._RECORDER]))
after = state()

async def name():
    return asyncio.current_task().get_name()

print(json.dumps([before, after, heard, asyncio.run(name())]))
"""


def _rehearsed() -> tuple[dict[str, object], dict[str, object], list[str], str]:
    folders = [str(GUEST), str(GUEST / "names"), str(GUEST / "standin"), str(ROOT)]
    ran = subprocess.run(
        [sys.executable, "-c", _REHEARSES, *folders], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    before, after, heard, name = json.loads(ran.stdout)
    return before, after, heard, name


def test_nothing_is_left_of_a_rehearsal():
    before, after, _, name = _rehearsed()
    assert after == before
    # The names of tasks count on: a guest's are the same, rehearsed or not.
    assert name == "Task-1"


def test_every_call_of_a_rehearsal_comes_to_a_value():
    _, _, heard, _ = _rehearsed()
    assert len(heard) > 10
    assert not [text for text in heard if "raised" in text or "refused" in text]
