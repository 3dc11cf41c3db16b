"""What a design does when it is run on the recorded workload, as the host measures it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from alma_safe.design import Design
from alma_safe.domains.memory import DesignFailed, Memory
from alma_safe.policy import Policy
from alma_safe.recorders import RecorderSchema
from alma_safe.resources import resource_dir
from alma_safe.sandbox.base import Backend, Session
from alma_safe.sandbox.broker import Account, Broker, LocalModel
from alma_safe.sandbox.tracing import Trace, Traced
from alma_safe.text import visible
from alma_safe.verifier.workload import load_workload

SIZES = (0, 5, 15, 30, 60)
_ASKED = 10
_VERBATIM = 40
"""Characters of an observation that come back as they were: passed on, not learned from."""
_EXCERPT = 240
_MOST = 20

# No shape goes back over what it has read: answers are as long as a design likes, up to a limit.
_SUSPECT = (
    ("speaks to a model", r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruct|prompt|rule)"),
    ("speaks to a model", r"\b(?:system prompt|new instructions?|as an ai)\b"),
    ("speaks to a model", r"\byou are now (?:an?|my)\b"),
    ("plays a role", r"(?:^|\n)[ \t]*(?:system|assistant|developer|user)\s*:"),
    ("asks for secrets", r"\b(?:api[_ -]?key|password|secret|token)\b"),
    ("an address", r"\bhttps?://|\bwww\."),
    ("a command for a shell", r"\b(?:curl|wget|rm -rf|chmod|bash -c)\b"),
    ("a block of data", r"[A-Za-z0-9+/]{120,}={0,2}"),
    ("markup", r"```|<\w{1,40}\s[^<>]{0,400}>|</\w+>"),
)  # fmt: skip
_SUSPECTS = [(name, re.compile(shape, re.IGNORECASE)) for name, shape in _SUSPECT]
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """After so many episodes: bytes of the guest beyond its start, and of one answer."""

    episodes: int
    memory_bytes: int
    answer_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Text that would reach an agent's prompt and looks like more than a memory."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What was seen. ``answers``: the last ones, as JSON text; ``failure``: how it broke off.

    ``verbatim``: the share of characters in answers that observations held word for word.
    ``beyond``: system calls that a memory which does nothing does not make.
    """

    points: tuple[Point, ...]
    answers: tuple[str, ...]
    suspicions: tuple[Suspicion, ...]
    verbatim: float
    usage: Mapping[str, Any] = field(default_factory=dict)
    broker: Mapping[str, Any] = field(default_factory=dict)
    failure: str = ""
    syscalls: Traced = field(default_factory=Traced)
    beyond: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        values = asdict(self)
        del values["beyond"]
        return {
            **values,
            "usage": dict(self.usage),
            "broker": dict(self.broker),
            "syscalls": {**self.syscalls.to_json(), "beyond": list(self.beyond)},
        }


async def observed(
    design: Design, policy: Policy, backend: Backend, schema: RecorderSchema
) -> Behaviour:
    """Teach a design the workload and ask it in between. Raises SessionError for our faults."""
    seen = await _played(design, policy, backend, schema)
    idle = Design.from_file(resource_dir("designs") / "no_memory.py")
    nothing = await _played(idle, policy, backend, schema)
    beyond = sorted(seen.syscalls.calls.keys() - nothing.syscalls.calls.keys())
    return replace(seen, beyond=tuple(beyond) if not nothing.syscalls.reason else ())


async def _played(
    design: Design, policy: Policy, backend: Backend, schema: RecorderSchema
) -> Behaviour:
    workload = load_workload(schema, collection=SIZES[-1], deployment=_ASKED)
    broker = Broker(policy.broker, LocalModel(), account=Account(policy.broker))
    points: list[Point] = []
    answers: list[Mapping[str, Any]] = []
    failure = ""
    memory: Memory | None = None
    trace = Trace()

    async def watch(session: Session) -> None:
        await trace.start(session.guest_pid())

    try:
        memory = await Memory.open(design, policy, backend, broker, seed=0, watch=watch)
        start = memory.size_bytes()
        for number in range(SIZES[-1] + 1):
            if number in SIZES:
                answers = [await memory.retrieve(each["init"]) for each in workload.deployment]
                size = sum(len(json.dumps(each)) for each in answers) // len(answers)
                grown = max(0, memory.size_bytes() - start)
                points.append(Point(episodes=number, memory_bytes=grown, answer_bytes=size))
            if number < SIZES[-1]:
                await memory.update(workload.collection[number])
    except DesignFailed as failed:
        failure = f"{failed.failure.during}: {failed.failure.text}"
    closing = await memory.close() if memory is not None else None
    texts = [text for answer in answers for text in _texts(answer)]
    seen = "\n".join(dict.fromkeys(_texts_of(workload.recorders)))
    return Behaviour(
        points=tuple(points),
        answers=tuple(json.dumps(each, ensure_ascii=False, sort_keys=True) for each in answers),
        suspicions=tuple(_suspicions(texts))[:_MOST],
        verbatim=_verbatim(texts, seen),
        usage=closing.usage.to_json() if closing is not None else {},
        broker=broker.to_json(),
        failure=visible(failure),
        syscalls=await trace.result(),
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)


def _texts_of(recorders: Sequence[Any]) -> Iterator[str]:
    for each in recorders:
        yield from _texts(each["init"])
        yield from _texts(each["steps"])


def _suspicions(texts: Sequence[str]) -> Iterator[Suspicion]:
    told: set[tuple[str, str]] = set()
    for text in texts:
        found = [name for name, shape in _SUSPECTS if shape.search(text)]
        found += ["invisible characters"] if _INVISIBLE.search(text) else []
        for name in dict.fromkeys(found):
            shown = visible(text, _EXCERPT)
            if (name, shown) not in told:
                told.add((name, shown))
                yield Suspicion(kind=name, text=shown)


def _verbatim(texts: Sequence[str], seen: str) -> float:
    """The share of characters in stretches of some length that were seen as they are."""
    stretches = {stretch for text in texts for stretch in _stretches(text)}
    known = {stretch for stretch in _stretches(seen) if stretch in stretches} if stretches else ()
    copied = 0
    for text in texts:
        reached = 0
        for place, stretch in enumerate(_stretches(text)):
            if stretch in known:
                copied += place + _VERBATIM - max(reached, place)
                reached = place + _VERBATIM
    total = sum(map(len, texts))
    return round(copied / total, 3) if total else 0.0


def _stretches(text: str) -> Iterator[str]:
    return (text[place : place + _VERBATIM] for place in range(len(text) - _VERBATIM + 1))
