"""The worker process: reads sources from stdin, writes findings to stdout.

Hostile text is only ever parsed here, under limits the process sets on itself; the
host kills it at its own clock. One worker serves many designs, one after the other.
"""

from __future__ import annotations

import gc
import os
from typing import Any

from alma_safe.verifier.static import frames
from alma_safe.verifier.static.check import Checker
from alma_safe.verifier.static.settings import from_json

_ADDRESS_SPACE = 1024 * 1024 * 1024
_COLLECT_EVERY = 32


def main() -> None:
    """Serve requests until stdin is closed."""
    # Trees hold no cycles: reference counting frees them, the collector only costs time.
    gc.disable()
    hello = _read()
    if hello is None:
        return
    checker = Checker(from_json(hello["settings"]))
    timeout_s = float(hello["timeout_s"])
    _limit_memory()
    _write({"ready": True})
    served = 0
    while (request := _read()) is not None:
        _limit_cpu(timeout_s)
        _write(_answer(checker, request))
        served += 1
        if served % _COLLECT_EVERY == 0:
            gc.collect()


def _answer(checker: Checker, request: dict[str, Any]) -> dict[str, Any]:
    source = request["source"]
    try:
        if request["op"] == "intake":
            return checker.intake(source)
        if request["op"] == "annotations":
            return checker.annotations(source)
        return checker.check(source)
    except Exception as error:
        # Fail closed: the host turns this into a rejection.
        return {"gave_up": type(error).__name__, "detail": str(error)[:200]}


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(_ADDRESS_SPACE, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    del soft


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


def _write(message: dict[str, Any]) -> None:
    view = memoryview(frames.encode(message))
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main()
