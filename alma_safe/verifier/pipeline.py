"""The gate: one design through the stages, cheap before dear, stopping at the first failure."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from types import TracebackType
from typing import Protocol, Self

from alma_safe.cores import cores
from alma_safe.design import Design
from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.policy import Policy
from alma_safe.recorders import recorder_schema
from alma_safe.report import STAGES, DesignReport, Finding, StageResult, Status
from alma_safe.sandbox.base import Backend
from alma_safe.text import visible

_AHEAD = 4
"""Designs that are begun before a report that comes earlier is there, for each job."""


class Stage(Protocol):
    """One stage of the gate, set up once for a policy."""

    name: str

    async def run(self, design: Design) -> StageResult:
        """Judge one design; several may be in work at a time.

        Raises InfrastructureError for faults that are not the design's.
        """

    async def aclose(self) -> None:
        """Release workers."""


class Gate:
    """Runs designs through stages under one policy.

    ``stages`` is the part of STAGES to run; ``all_stages`` goes on after a failure
    where that is safe; ``domain`` picks the recorders of one domain; ``seed`` picks
    what Hypothesis draws. Properties and execution need a ``backend``; it becomes the
    gate's and is closed with it. Used as ``async with Gate(...) as gate``.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        backend: Backend | None,
        stages: Sequence[str] = STAGES,
        all_stages: bool = False,
        domain: str | None = None,
        seed: int = 0,
    ) -> None:
        from alma_safe.verifier.static.stage import StaticStage

        unknown = [name for name in stages if name not in STAGES]
        if unknown or not stages:
            raise UsageError(
                f"unknown stage {visible(unknown[0])}" if unknown else "no stage to run",
                hint=f"stages: {', '.join(STAGES)}",
            )
        if backend is not None and backend.without:
            missing = ", ".join(sorted(backend.without))
            raise UsageError(f"this {backend.name} lacks {missing}: it can witness, not judge")
        self._policy = policy
        self._backend = backend
        self._names = tuple(name for name in STAGES if name in stages)
        self._all_stages = all_stages
        self._schema = recorder_schema(domain)
        self._seed = seed
        # Intake belongs to every run, whatever stages were asked for.
        self._static = StaticStage(policy)
        self._stages: dict[str, Stage] = {"static": self._static}
        self._opened = self._closed = False

    def open(self) -> Self:
        """Begin without ``async with``: who does this has to await ``aclose`` in the end."""
        self._opened = True
        self._require_open()
        return self

    async def __aenter__(self) -> Self:
        return self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Release the workers of all stages and what the backend keeps. It judges no more."""
        self._closed = True
        # What one of them raises spares no other.
        async with contextlib.AsyncExitStack() as last_first:
            if self._backend is not None:
                last_first.push_async_callback(self._backend.aclose)
            for stage in reversed(self._stages.values()):
                last_first.push_async_callback(stage.aclose)

    def _require_open(self) -> None:
        """Raise UsageError where nobody would end the workers that judging starts."""
        hint = "async with Gate(policy, backend=...) as gate: ..."
        if self._closed:
            raise UsageError("this gate was left, and judges no more: make another", hint=hint)
        if not self._opened:
            raise UsageError("a gate judges inside `async with` only", hint=hint)

    async def verify_many(
        self, designs: Iterable[Design], *, jobs: int | None = None
    ) -> AsyncIterator[DesignReport]:
        """Judge designs, ``jobs`` at a time (default: one for each core), in their order.

        A design on which we ourselves fail gets a report that says so; the rest goes on. A
        gate that was not entered is closed when the iteration is over.
        """
        if not self._opened:
            async with self:
                async for report in self.verify_many(designs, jobs=jobs):
                    yield report
            return
        self._require_open()
        waiting = iter(designs)
        count = jobs or cores()
        slots = asyncio.Semaphore(count)

        async def judged(design: Design) -> DesignReport:
            async with slots:
                try:
                    return await self.verify(design)
                except Exception as error:  # one of many must not cost the others
                    return self._broken(design, error)

        running: deque[asyncio.Task[DesignReport]] = deque()
        try:
            for design in itertools.islice(waiting, count * _AHEAD):
                running.append(asyncio.create_task(judged(design)))
            while running:
                yield await running[0]
                running.popleft()
                for design in itertools.islice(waiting, 1):
                    running.append(asyncio.create_task(judged(design)))
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _broken(self, design: Design, error: Exception) -> DesignReport:
        """The report of a design on which the gate itself failed: never a verdict."""
        message = f"internal fault: {type(error).__name__}: {error}"
        stages = [_fault(self._names[0], InfrastructureError(message), time.monotonic())]
        stages += [StageResult(name=name, status=Status.SKIPPED) for name in self._names[1:]]
        return DesignReport(
            path=design.path,
            digest=design.digest,
            policy=self._policy.ref,
            stages=tuple(stages),
            source=design.shown_text,
        )

    async def verify(self, design: Design) -> DesignReport:
        """Run the stages over one design. Raises UsageError outside of `async with`."""
        self._require_open()
        results: list[StageResult] = []
        refused = await self._intake(design)
        if refused is not None:
            results.append(refused)
        for name in self._names:
            if refused is not None and (name == "static" or refused.name == name):
                continue
            stop = results and results[-1].status is not Status.PASSED
            if refused is not None or (stop and not self._goes_on(results)):
                results.append(StageResult(name=name, status=Status.SKIPPED))
            else:
                results.append(await self._run(name, design))
        return DesignReport(
            path=design.path,
            digest=design.digest,
            policy=self._policy.ref,
            stages=tuple(results),
            source=design.shown_text,
        )

    def _goes_on(self, results: list[StageResult]) -> bool:
        """Whether to run further stages although one did not pass: never after a fault of ours."""
        return self._all_stages and all(
            result.status in (Status.PASSED, Status.FAILED) for result in results
        )

    async def _intake(self, design: Design) -> StageResult | None:
        """The static stage's result when the text cannot be a design at all."""
        started = time.monotonic()
        try:
            findings = await self._static.intake(design)
        except InfrastructureError as error:
            return _fault("static", error, started)
        if not any(finding.blocks for finding in findings):
            return None
        return StageResult.judged(
            "static", tuple(findings), checks=1, duration_s=time.monotonic() - started
        )

    async def _run(self, name: str, design: Design) -> StageResult:
        started = time.monotonic()
        try:
            return await self._stage(name).run(design)
        except InfrastructureError as error:
            return _fault(name, error, started)

    def _stage(self, name: str) -> Stage:
        """Set a stage up on its first use: none is paid for before it is needed."""
        if name not in self._stages:
            self._stages[name] = self._make(name)
        return self._stages[name]

    def _make(self, name: str) -> Stage:
        if name == "types":
            from alma_safe.verifier.types.stage import TypesStage

            return TypesStage(self._policy)
        if self._backend is None:
            raise UsageError(f"the stage {name} needs a sandbox backend")
        if name == "properties":
            from alma_safe.verifier.properties.stage import PropertiesStage

            return PropertiesStage(self._policy, self._backend, self._schema, seed=self._seed)
        from alma_safe.verifier.execution.stage import ExecutionStage

        return ExecutionStage(self._policy, self._backend, self._schema, seed=self._seed)


def _fault(name: str, error: InfrastructureError, started: float) -> StageResult:
    """A stage that could not judge: an error of our side, with what to do about it."""
    return StageResult(
        name=name,
        status=Status.ERROR,
        duration_s=time.monotonic() - started,
        findings=(Finding(rule="infrastructure", message=visible(error.message), hint=error.hint),),
    )
