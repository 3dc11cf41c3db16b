"""What every guest does, done before by its parent, with a design of our own.

CPython writes into code while it runs it for the first times: counters, and what it found
out about the types it met (PEP 659). So do lookups in classes and dictionaries. A forked
guest would pay for each of them with a page of its own; after a rehearsal there is nothing
left to write.
"""

import asyncio
import json
import random
import select
import signal
import socket
import struct
import sys
from collections.abc import Coroutine, Iterator
from typing import Any

from almaguest import bridge as bridges
from almaguest.material import Material
from almaguest.runner import Runner

_TIMES = 4
"""CPython makes up its mind about a piece of code within so many runs."""
_DEADLINE_S = 60
_CHUNK = 1 << 16
_MODULE = "design"

# Of everything that designs are made of, a little.
_DESIGN = b"""
from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer


@dataclass
class Note:
    goal: str
    reward: float = 0.0
    words: list[str] = field(default_factory=list)


class Notes(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Note] = []
        self.seen: Counter[str] = Counter()
        self.by_goal: dict[str, list[Note]] = defaultdict(list)

    async def retrieve(self, *, goal: str = "") -> dict[str, Any]:
        best = sorted(self.by_goal[goal], key=lambda note: -note.reward)[:3]
        return {"notes": [f"{note.goal}: {', '.join(note.words)}" for note in best]}

    async def update(self, *, goal: str = "", text: str = "", reward: float = 0.0) -> None:
        note = Note(goal=goal, reward=reward, words=re.findall(r"[a-z]+", text.lower()))
        self.notes.append(note)
        self.seen.update(note.words)
        self.by_goal[goal].append(note)


class Rehearsed(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = Notes()

    async def general_retrieve(self, recorder) -> dict[str, Any]:
        found = await self.layer.retrieve(goal=str((recorder.init or {}).get("goal", "")))
        return {**found, "known": len(self.layer.seen)}

    async def general_update(self, recorder) -> None:
        goal = str((recorder.init or {}).get("goal", ""))
        for step in recorder.steps or []:
            text = json.dumps(step, sort_keys=True, default=str)[:200]
            await self.layer.update(goal=goal, text=text, reward=float(recorder.reward or 0.0))
"""

_RECORDER = {
    "init": {"goal": "find the key", "obs": "a room"},
    "steps": [{"action_took": "look", "obs": "a key"}, {"action_took": "take key", "obs": "ok"}],
    "reward": 1.0,
}


def rehearse(material: Material) -> None:
    """Load a design and call it over a wire, as a guest would; leave nothing of it behind.

    For a process without other threads, before ``gc.collect``: classes end only there.
    """
    state, numpy_random = random.getstate(), getattr(sys.modules.get("numpy"), "random", None)
    numpy_state = numpy_random.get_state() if numpy_random is not None else None
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(_played(material))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        bridges.install(None)
        sys.modules.pop(_MODULE, None)
        random.setstate(state)
        if numpy_random is not None:
            numpy_random.set_state(numpy_state)


def _loop() -> asyncio.AbstractEventLoop:
    """A loop that numbers no task: the names of a guest's tasks are those of the first one's."""
    loop = asyncio.new_event_loop()

    def named(
        loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], context: Any = None
    ) -> asyncio.Task[Any]:
        return asyncio.Task(coroutine, loop=loop, name="rehearsal", context=context)

    loop.set_task_factory(named)
    return loop


async def _played(material: Material) -> None:
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    bridge = bridges.Bridge(theirs.fileno(), theirs.fileno())
    with ours, theirs:
        bridges.install(bridge)
        guest = Runner(bridge, material)
        bridge.attend(lambda message: guest.accept(loop, message))
        for number, (method, payload) in enumerate(_calls(material), 1):
            message = {"id": number, "method": method, "payload": payload, "deadline": _DEADLINE_S}
            body = json.dumps(message).encode()
            ours.sendall(struct.pack(">I", len(body)) + body)
            while not select.select([ours], [], [], 0)[0]:
                await asyncio.sleep(0)
            ours.recv(_CHUNK)
        bridge.leave()


def _calls(material: Material) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a host asks of a guest, several times over."""
    from base64 import b64encode

    recorders: list[Any] = [_RECORDER, *range(min(1, len(material)))]
    for seed in range(_TIMES):
        options = {"frozen_clock": True, "random_seed": seed}
        yield "load", {"source": b64encode(_DESIGN).decode("ascii"), "options": options}
        yield "construct", {}
        story: list[Any] = [["fresh", {}]]
        for recorder in recorders:
            given = {"instance": 0, "recorder": recorder}
            story += [
                ["retrieve", {**given, "start": True, "echo": True}],
                ["update", {**given, "echo": True, "key": "kept"}],
                ["recall", {"key": "kept"}],
                ["update", {**given, "pause": False}],
                ["retrieve", given],
            ]
        yield "replay", {"calls": story * 2}
        asked = [["retrieve", {"instance": 0, "recorder": _RECORDER}]] * 2
        yield "together", {"calls": asked}
        yield "forget", {"instance": 1}
