"""The worker's side: a hello, then one request after another, under limits of its own.

The host kills the process at its own clock. One worker serves many designs, one after
the other.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from alma_safe.verifier.bounded import frames

type Answering = Callable[[Mapping[str, Any]], dict[str, Any]]
"""One request -> its answer."""

_ADDRESS_SPACE = 1024 * 1024 * 1024
_COLLECT_EVERY = 32


def serve(prepare: Callable[[Mapping[str, Any]], Answering]) -> None:
    """Serve requests until stdin is closed. ``prepare`` gets the hello."""
    # Trees hold no cycles: reference counting frees them, the collector only costs time.
    gc.disable()
    hello = _read()
    if hello is None:
        return
    answering = prepare(hello)
    timeout_s = float(hello["timeout_s"])
    _limit_memory()
    _write({"ready": True})
    served = 0
    while (request := _read()) is not None:
        _limit_cpu(timeout_s)
        try:
            answer = answering(request)
        except Exception as error:
            # Fail closed: the host turns this into a rejection.
            answer = {"gave_up": type(error).__name__, "detail": str(error)[:200]}
        _write(answer)
        served += 1
        if served % _COLLECT_EVERY == 0:
            gc.collect()
    # The process ends: that it collects once more would only cost time.
    gc.freeze()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(_ADDRESS_SPACE, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    except (ValueError, OSError):
        # macOS takes none: there the clock alone bounds a request.
        if sys.platform == "linux":
            raise
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(timeout_s: float) -> None:
    """Give this one request its own CPU budget; the limit counts the whole process."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    budget = int(used.ru_utime + used.ru_stime + timeout_s) + 2
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or budget < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (budget, hard))


def _read() -> dict[str, Any] | None:
    header = _read_exactly(frames.HEADER)
    if header is None:
        return None
    body = _read_exactly(frames.length(header))
    return None if body is None else frames.decode(body)


def _read_exactly(count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _write(message: Mapping[str, Any]) -> None:
    view = memoryview(frames.encode(message))
    while view:
        view = view[os.write(1, view) :]
