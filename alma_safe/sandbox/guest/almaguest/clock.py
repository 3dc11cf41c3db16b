"""A clock that only moves when it is read, and seeded randomness.

Under them the same inputs give the same outputs, so the gate can tell a design that
depends on hash order or on entropy from one that merely looks at the time.
"""

import datetime as real_datetime
import random
import sys
import time as real_time
import types
from collections.abc import Callable
from typing import Any, Self

EPOCH = 1_750_000_000.0
_TICK = 0.001
_PAUSE = 30.0


class FrozenClock:
    """Time starts at EPOCH, advances by a millisecond a reading, half a minute a call."""

    def __init__(self) -> None:
        self._now = EPOCH

    def read(self) -> float:
        """Return the time and move it on."""
        self._now += _TICK
        return self._now

    def restart(self) -> None:
        """Go back to the beginning."""
        self._now = EPOCH

    def pause(self) -> None:
        """Let the time between two calls of the host pass."""
        self._now += _PAUSE

    def modules(self) -> dict[str, types.ModuleType]:
        """Return the stand-ins for ``time`` and ``datetime`` by name."""
        return {"time": self._time_module(), "datetime": self._datetime_module()}

    def _time_module(self) -> types.ModuleType:
        module = types.ModuleType("time")
        module.__dict__.update({k: v for k, v in vars(real_time).items() if not k.startswith("__")})
        for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
            setattr(module, name, self.read)
            setattr(module, name + "_ns", lambda: int(self.read() * 1e9))
        for name in ("localtime", "gmtime", "ctime"):
            setattr(module, name, self._defaulting(getattr(real_time, name)))
        strftime = real_time.strftime

        def frozen_strftime(pattern: str, moment: Any = None) -> str:
            return strftime(pattern, moment or real_time.gmtime(self.read()))

        module.__dict__["strftime"] = frozen_strftime
        return module

    def _defaulting(self, function: Callable[[float], Any]) -> Callable[..., Any]:
        def at(moment: float | None = None) -> Any:
            return function(self.read() if moment is None else moment)

        return at

    def _datetime_module(self) -> types.ModuleType:
        clock = self

        class datetime(real_datetime.datetime):
            @classmethod
            def now(cls, tz: real_datetime.tzinfo | None = None) -> Self:
                return cls.fromtimestamp(clock.read(), tz or real_datetime.UTC).replace(tzinfo=tz)

            @classmethod
            def utcnow(cls) -> Self:
                return cls.now()

            @classmethod
            def today(cls) -> Self:
                return cls.now()

        class date(real_datetime.date):
            @classmethod
            def today(cls) -> Self:
                return cls.fromtimestamp(clock.read())

        module = types.ModuleType("datetime")
        module.__dict__.update(
            {k: v for k, v in vars(real_datetime).items() if not k.startswith("__")}
        )
        module.__dict__.update(datetime=datetime, date=date)
        return module


def seed_randomness(seed: int, *, numpy_only: bool = False) -> None:
    """Seed the global generators. A generator of a design's own it has to seed itself."""
    if not numpy_only:
        random.seed(seed)
    numpy_random = getattr(sys.modules.get("numpy"), "random", None)
    if numpy_random is not None:
        numpy_random.seed(seed % 2**32)
