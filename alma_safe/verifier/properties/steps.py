"""Stories that are told to a design: their steps, and the instance that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alma_safe.verifier.properties.episodes import Operation, Recorder


@dataclass(slots=True)
class Memory:
    """One instance of the design in the present guest, and what was done with it."""

    instance: int
    trail: list[Operation] = field(default_factory=list)
    updates: int = 0
    tasks_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a story, and how it is judged.

    ``fresh`` makes a new instance with clock and randomness at their start, ``reset``
    puts those back; ``retrieve`` and ``update`` are the calls of the contract; ``recall``
    asks what became of the recorder that an update gave under ``key``. ``bounded``
    applies the byte cap to an answer; ``pause`` lets half a minute of the frozen clock
    pass first; ``echo`` has the recorder looked at after the call.
    """

    op: str
    recorder: Recorder = field(default_factory=dict)
    key: str | None = None
    echo: bool = True
    pause: bool = True
    bounded: bool = True
    called: bool = field(init=False)
    """Whether it is a call of the contract."""
    operation: Operation = field(init=False)
    """The call, as evidence shows it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "called", self.op in ("retrieve", "update"))
        object.__setattr__(self, "operation", {"op": self.op, "recorder": self.recorder})


FRESH = Step(op="fresh")
RESET = Step(op="reset")


def retrieve(recorder: Recorder, *, bounded: bool = True, pause: bool = True) -> Step:
    """Ask before the episode of ``recorder``."""
    return Step(op="retrieve", recorder=recorder, bounded=bounded, pause=pause)


def update(recorder: Recorder, *, key: str | None = None, echo: bool = True) -> Step:
    """Learn from the episode of ``recorder``."""
    return Step(op="update", recorder=recorder, key=key, echo=echo)


def recall(recorder: Recorder, key: str) -> Step:
    """Look at the recorder of an earlier update."""
    return Step(op="recall", recorder=recorder, key=key)


def story_of(operations: Sequence[Operation]) -> list[Step]:
    """Tell these calls to a fresh instance."""
    return [
        FRESH,
        *(Step(op=operation["op"], recorder=operation["recorder"]) for operation in operations),
    ]
