"""Running the gate over a list of designs, with signals that end guests properly."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alma_safe.cli.progress import progress
from alma_safe.design import Design
from alma_safe.errors import InfrastructureError
from alma_safe.policy import Policy
from alma_safe.report import DesignReport
from alma_safe.sandbox.base import Backend
from alma_safe.verifier.pipeline import Gate

if TYPE_CHECKING:
    from alma_safe.reuse import Reports

_TERMINATED = 143


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How designs are to be judged."""

    policy: Policy
    stages: tuple[str, ...]
    all_stages: bool = False
    domain: str | None = None
    seed: int = 0
    jobs: int | None = None
    reuse: bool = False


def judge(
    request: Request, designs: Sequence[Design], backend: Backend | None
) -> tuple[DesignReport, ...]:
    """Judge every design and return their reports in the order of ``designs``.

    Raises what the gate raises; SystemExit(143) after SIGTERM or SIGHUP, when the
    guests have been ended.
    """
    return until_signal(_all(request, designs, backend))


def until_signal[Found](work: Coroutine[Any, Any, Found]) -> Found:
    """Run ``work`` to its end; SIGTERM and SIGHUP cancel it and exit with 143 after that."""
    return asyncio.run(_until_signal(work))


async def _until_signal[Found](coroutine: Coroutine[Any, Any, Found]) -> Found:
    work = asyncio.ensure_future(coroutine)
    terminated = False

    def stop() -> None:
        nonlocal terminated
        terminated = True
        work.cancel()

    loop = asyncio.get_running_loop()
    # The default action would leave guests and their control groups behind.
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        return await work
    except asyncio.CancelledError:
        if terminated:
            sys.exit(_TERMINATED)
        raise


async def _all(
    request: Request, designs: Sequence[Design], backend: Backend | None
) -> tuple[DesignReport, ...]:
    gate = Gate(
        request.policy,
        backend=backend,
        stages=request.stages,
        all_stages=request.all_stages,
        domain=request.domain,
        seed=request.seed,
    )
    async with gate:
        reports = await asyncio.to_thread(_reports, request, backend) if request.reuse else None
        found = [reports.find(design) if reports else None for design in designs]
        missing = [each for each, known in zip(designs, found, strict=True) if known is None]
        judged: list[DesignReport] = []
        async for report in _judged(gate, missing, request.jobs):
            judged.append(report)
            if reports:
                # At once, so that a long run that is interrupted has not judged in vain.
                reports.keep(report)
        fresh = iter(judged)
        return tuple(known or next(fresh) for known in found)


async def _judged(
    gate: Gate, designs: Sequence[Design], jobs: int | None
) -> AsyncIterator[DesignReport]:
    if not designs:
        return
    if len(designs) == 1:
        # A fault of ours is shown as what it is where nothing else would be lost.
        yield await gate.verify(designs[0])
        return
    with progress(len(designs)) as advance:
        async for report in gate.verify_many(designs, jobs=jobs):
            yield report
            advance(report.path)


def _reports(request: Request, backend: Backend | None) -> Reports | None:
    """What was judged before behind the same wall; None where it does not say which it is."""
    from alma_safe.reuse import Reports

    try:
        sandbox = backend.identity() if backend is not None else None
    except InfrastructureError:
        # Judging will find out what is wrong, and say so.
        return None
    return Reports(
        request.policy,
        stages=request.stages,
        all_stages=request.all_stages,
        domain=request.domain,
        seed=request.seed,
        sandbox=sandbox,
    )
