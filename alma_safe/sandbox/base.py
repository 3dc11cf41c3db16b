"""What a sandbox backend offers: probe the host, open a session, learn how it ended.

A session runs one design in a fresh guest. Everything that crosses is JSON,
capped in bytes, depth and time. A guest can lie only about its own return values.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from alma_safe.design import Design
from alma_safe.errors import AlmaSafeError
from alma_safe.policy import Policy
from alma_safe.sandbox.material import NO_MATERIAL, Material

type Json = None | bool | int | float | str | list[Json] | dict[str, Json]

type BrokerHandler = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Answers one brokered call: ``(kind, payload) -> JSON value``. Kinds: chat, embed."""


class Ending(StrEnum):
    """Why a guest is gone. Decided by the host, from counters and from who killed it."""

    COMPLETED = "completed"
    TIMEOUT_CPU = "timeout_cpu"
    TIMEOUT_WALL = "timeout_wall"
    OOM = "oom"
    PIDS = "pids"
    DISK = "disk"
    OUTPUT = "output"
    SECCOMP = "seccomp"
    SIGNAL = "signal"
    EXIT = "exit"
    PROTOCOL = "protocol"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a guest used, measured by the host. Seconds, bytes, counts."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    peak_processes: int = 0
    output_bytes: int = 0
    traffic_bytes: int = 0
    calls: int = 0
    broker_calls: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "wall_s": round(self.wall_s, 4),
            "cpu_s": round(self.cpu_s, 4),
            "peak_memory_bytes": self.peak_memory_bytes,
            "peak_processes": self.peak_processes,
            "output_bytes": self.output_bytes,
            "traffic_bytes": self.traffic_bytes,
            "calls": self.calls,
            "broker_calls": self.broker_calls,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a session ended, who decided that, and the raw counters behind it.

    ``output`` is what the guest wrote to stdout and stderr, capped and not yet
    neutralised.
    """

    ending: Ending
    decided_by: str
    usage: Usage
    detail: str = ""
    counters: Mapping[str, Any] = field(default_factory=dict)
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestFrame:
    """One frame of a guest's traceback that lies in the design: line from 1, 0 if unknown."""

    line: int
    function: str


class GuestRaised(AlmaSafeError):
    """The design raised. ``type_name`` and ``text`` are the guest's words, neutralised.

    ``brokered`` marks the outage exception of a brokered call that passed through
    the design unchanged.
    """

    def __init__(
        self,
        type_name: str,
        text: str,
        frames: tuple[GuestFrame, ...] = (),
        *,
        brokered: bool = False,
    ) -> None:
        super().__init__(f"{type_name}: {text}" if text else type_name)
        self.type_name = type_name
        self.text = text
        self.frames = frames
        self.brokered = brokered


class CallRefused(Exception):
    """A brokered call that is not answered. Its message is ours and crosses to the guest.

    Any other exception of a broker reaches the guest without its text: that may hold a
    path, an address or a part of a key.
    """


class GuestRefused(AlmaSafeError):
    """The guest runner could not carry out a call: ``kind`` says why.

    Kinds: ``no_design``, ``several_designs``, ``not_json``, ``bad_result``.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class SessionEnded(AlmaSafeError):
    """The guest is gone: the call will never be answered.

    ``outcomes`` are those that a ``replay`` had come to before.
    """

    def __init__(self, closing: Closing, outcomes: Sequence[Any] = ()) -> None:
        super().__init__(f"the guest ended: {closing.ending.value} ({closing.decided_by})")
        self.closing = closing
        self.outcomes = tuple(outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestOptions:
    """How a guest is set up. ``frozen_clock`` makes time advance only by being read."""

    hash_seed: int = 0
    random_seed: int = 0
    frozen_clock: bool = True
    material: Material = NO_MATERIAL


class Session(Protocol):
    """One guest with one design in it."""

    @property
    def chroma(self) -> str:
        """Which vector store the design sees: ``real``, ``stand-in`` or ``none``."""

    @property
    def served_s(self) -> float:
        """Seconds that calls have taken so far, without what was queued for a processor."""

    @property
    def degraded(self) -> tuple[str, ...]:
        """Guards that this host could not give the guest; part of every report."""

    async def call(
        self, method: str, payload: Mapping[str, Any] | None = None, *, deadline_s: float
    ) -> Any:
        """Carry out one method in the guest and return its JSON result.

        Methods (payload -> result): ``load`` {} -> {"class": name};
        ``reset`` {} -> null puts a frozen clock and the random generators back to their
        start; ``construct`` {} -> {"instance": n}; ``fresh`` is both; ``retrieve`` /
        ``update`` {"instance", "recorder", "start"?, "key"?, "echo"?, "pause"?} ->
        {"result", "recorder"} where the latter is, with ``echo``, the recorder after the
        call (true where it is what was given), and an update also says how many "tasks"
        it left running; ``recall`` {"key"} -> the recorder kept under that key as it is
        now (true where it is what was given); ``forget`` {"instance"} -> null;
        ``replay`` {"calls": [[method, payload]]} -> the outcomes of these calls, in
        order, up to the first without a value (see :mod:`alma_safe.sandbox.outcome`);
        ``together`` {"calls"} -> the outcomes of calls that run at the same time. The
        instance 0 is the one constructed last. A recorder may be a position in the
        material; with ``start`` only its ``init`` is given.

        Calls may overlap. Raises GuestRaised, GuestRefused, or SessionEnded: also when
        ``deadline_s`` passes, for ``replay`` without a further outcome; the guest is
        killed then.
        """

    def memory_bytes(self) -> int:
        """Resident bytes of the guest now, measured by the host; 0 when it is gone."""

    def guest_pid(self) -> int | None:
        """The guest's own process as the host sees it; None where it cannot or is gone."""

    async def close(self) -> Closing:
        """End the guest and say how it ended. May be called again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One thing the wall should enforce and whether this host can: a line of the doctor."""

    name: str
    active: bool
    detail: str = ""
    remedy: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can enforce on this host."""

    backend: str
    guards: tuple[Guard, ...]

    @property
    def usable(self) -> bool:
        """Whether every required guard is there."""
        return all(guard.active for guard in self.guards if guard.required)

    @property
    def degraded(self) -> tuple[str, ...]:
        """Names of the optional guards that are missing here; part of every report."""
        return tuple(g.name for g in self.guards if not g.active and not g.required)


class Layer(StrEnum):
    """A part of the wall that a backend can leave out, to witness that it is what denies.

    Only the doctor and the containment tests build a wall with a part missing: a denial
    proves something only if the same attempt succeeds without the layer.
    """

    SECCOMP = "seccomp"
    NETWORK = "network namespace"
    PID = "pid namespace"
    IPC = "ipc namespace"
    UTS = "uts namespace"
    CGROUP = "cgroup namespace"
    USER = "unprivileged user"
    CAPABILITIES = "no capabilities"
    NO_NEW_PRIVS = "no_new_privs"
    ROOT = "minimal root"
    READ_ONLY = "read-only root"
    TMP_SIZE = "size of /tmp"
    TMP_INODES = "inodes of /tmp"
    TMP_NOEXEC = "noexec /tmp"
    ENVIRONMENT = "clean environment"
    MEMORY = "memory limit"
    PROCESSES = "process limit"
    CPU = "cpu limit"
    ADDRESS_SPACE = "address space limit"
    FILE_SIZE = "file size limit"
    OPEN_FILES = "open files limit"
    LOCKED_MEMORY = "locked memory limit"


class Backend(Protocol):
    """One way to build a wall."""

    @property
    def name(self) -> str:
        """``nsjail`` or ``docker``."""

    @property
    def without(self) -> frozenset[Layer]:
        """Layers left out to witness the others; a gate refuses such a backend."""

    def identity(self) -> Mapping[str, Any]:
        """What makes it this wall and no other, as JSON: a verdict holds for one of them.

        Raises BackendUnavailable or SessionError where that cannot be found out.
        """

    async def probe(self) -> Capabilities:
        """Find out, by trying, what this host can enforce."""

    async def open(
        self,
        design: Design,
        policy: Policy,
        *,
        broker: BrokerHandler,
        options: GuestOptions | None = None,
    ) -> Session:
        """Start a guest for ``design``. Raises BackendUnavailable or SessionError."""

    async def aclose(self) -> None:
        """End what is kept for further sessions, and every session with it."""
