"""The stage: open a guest, run the batteries and the bank, shrink what failed, report."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from alma_safe.design import Design
from alma_safe.policy import Policy
from alma_safe.recorders import RecorderSchema
from alma_safe.report import Finding, StageResult
from alma_safe.sandbox.base import Backend
from alma_safe.verifier.properties import battery, rules
from alma_safe.verifier.properties.bank import Sequence, shrink_live
from alma_safe.verifier.properties.deck import deck
from alma_safe.verifier.properties.shrink import shrink
from alma_safe.verifier.properties.snippet import snippet
from alma_safe.verifier.properties.steps import story_of
from alma_safe.verifier.properties.subject import Subject, TooManyDeaths
from alma_safe.verifier.properties.trial import Trial
from alma_safe.verifier.properties.violation import Violation

_SHRINK_S = 2.0
_MAX_BLOCKING = 4
_SLOW_SHARE = 0.6
"""Share of the budget that calls have to have taken for a design to be called too slow."""

_BRISK_SHARE = 0.2
"""Share of the budget that calls may take before stories are told in small parts."""

_HASH_SEEDS = (1, 2)


class PropertiesStage:
    """Property tests of one design; see docs/concepts for the properties."""

    name = "properties"

    def __init__(
        self, policy: Policy, backend: Backend, schema: RecorderSchema, *, seed: int = 0
    ) -> None:
        self._policy = policy
        self._backend = backend
        self._schema = schema
        self._seed = seed

    async def aclose(self) -> None:
        """Nothing is kept between designs."""

    async def run(self, design: Design) -> StageResult:
        """Test one design. Never raises for what the design does."""
        started = time.monotonic()
        run = _Run(self._policy, self._backend, self._schema, design, self._seed)
        try:
            await run.all_sections()
        finally:
            await run.close()
        return StageResult.judged(
            self.name,
            tuple(run.findings),
            checks=run.checks,
            duration_s=time.monotonic() - started,
            usage=run.usage(),
        )


class _Run:
    """The run over one design."""

    def __init__(
        self, policy: Policy, backend: Backend, schema: RecorderSchema, design: Design, seed: int
    ) -> None:
        self._policy = policy
        self._schema = schema
        self._seed = seed
        self._deadline = time.monotonic() + policy.properties.budget_s
        self._deck = deck(schema, policy.properties, policy.execution, seed)
        self._subjects = [
            Subject(backend, design, policy, self._deck, hash_seed=hash_seed, seed=seed)
            for hash_seed in _HASH_SEEDS
        ]
        self._done: dict[str, int] = {}
        self._unfinished: list[str] = []
        self._stopped = False
        self.findings: list[Finding] = []

    @property
    def checks(self) -> int:
        """Checks executed, or none at all when a section never got to run."""
        return 0 if self._unfinished else sum(subject.checks for subject in self._subjects)

    async def close(self) -> None:
        for subject in self._subjects:
            await subject.close()

    def usage(self) -> Mapping[str, Any]:
        """What the report says of this run besides its findings."""
        closings = [closing for subject in self._subjects for closing in subject.closings]
        return {
            "seed": self._seed,
            "domain": self._schema.domain,
            "sections": dict(self._done),
            "unfinished": list(self._unfinished),
            "chroma": self._subjects[0].chroma,
            "degraded": list(self._subjects[0].degraded),
            "guests": len(closings),
            "cpu_s": round(sum(closing.usage.cpu_s for closing in closings), 4),
            "peak_memory_bytes": max(
                (closing.usage.peak_memory_bytes for closing in closings), default=0
            ),
            "endings": [closing.ending.value for closing in closings],
        }

    async def all_sections(self) -> None:
        """Run every section; the first, on which the others build, decides whether to go on."""
        first, second = self._subjects
        trial = Trial(first, self._policy, self._schema, self._deck)
        if not await self._section(battery.story, trial):
            return
        for section in battery.SECTIONS:
            await self._section(section, trial)
        await self._bank(first)
        twin = Trial(second, self._policy, self._schema, self._deck)
        await self._section(battery.reproducible, twin, trial)

    def _over(self, name: str) -> bool:
        """Whether to stop before this section; what time did not allow is said, never passed."""
        if self._stopped or sum(finding.blocks for finding in self.findings) >= _MAX_BLOCKING:
            return True
        if time.monotonic() > self._deadline:
            if not any(finding.blocks for finding in self.findings):
                self._out_of_time(name)
            return True
        return False

    def _out_of_time(self, name: str) -> None:
        """Say whose fault it is that time ran out: the design's, or nobody's that we know."""
        self._stopped = True
        budget = self._policy.properties.budget_s
        served_s = sum(subject.served_s for subject in self._subjects)
        if served_s >= _SLOW_SHARE * budget:
            calls = sum(subject.checks for subject in self._subjects)
            self._add(
                rules.SLOW.finding(
                    f"the property tests were stopped after {budget:g} s, before {name}: "
                    f"general_update and general_retrieve took {served_s:.0f} s in {calls} calls"
                )
            )
        else:
            self._unfinished.append(name)

    async def _section(
        self, section: Callable[..., Awaitable[list[Finding]]], trial: Trial, *others: Trial
    ) -> bool:
        """Run one section; return whether it found nothing that blocks."""
        name = section.__name__
        if self._over(name):
            return False
        before = trial.subject.checks
        try:
            await trial.subject.open()
            found = await section(trial, *others)
        except Violation as violation:
            await self._report(violation, trial.subject)
            found = []
            clean = False
        except TooManyDeaths:
            self._gave_up(trial.subject)
            return False
        else:
            clean = not any(finding.blocks for finding in found)
        self._done[name] = trial.subject.checks - before
        for finding in found:
            self._add(finding)
        return clean

    async def _bank(self, subject: Subject) -> None:
        """Replay the sequences that Hypothesis drew for this seed."""
        if self._over("bank"):
            return
        before = subject.checks
        try:
            waiting = list(self._deck.bank)
            while waiting and not self._over("bank"):
                size = 1 if self._slow() else len(waiting)
                told, waiting = waiting[:size], waiting[size:]
                failed = await self._first_failing(subject, told)
                if failed is None:
                    continue
                violation, number = failed
                if violation.outage:
                    waiting = [*told[number + 1 :], *waiting]
                    continue
                if violation.trail:
                    await self._report_drawn(violation, subject, told[number])
                else:
                    await self._report(violation, subject)
                break
        except TooManyDeaths:
            self._gave_up(subject)
            return
        self._done["bank"] = subject.checks - before

    def _slow(self) -> bool:
        """Whether the design has used so much time that the budget is looked at often."""
        served_s = sum(subject.served_s for subject in self._subjects)
        return served_s > _BRISK_SHARE * self._policy.properties.budget_s

    async def _first_failing(
        self, subject: Subject, sequences: list[Sequence]
    ) -> tuple[Violation, int] | None:
        """Tell all sequences as one story; return what went wrong, and in which of them."""
        steps = (step for sequence in sequences for step in story_of(sequence))
        whole = len(sequences) == len(self._deck.bank)
        try:
            await subject.play(self._deck.story("bank", lambda: steps) if whole else list(steps))
        except Violation as violation:
            return violation, _belongs(violation.trail, sequences)
        return None

    def _gave_up(self, subject: Subject) -> None:
        """A guest that keeps dying refuses the design, even if no single call does."""
        self._stopped = True
        if not any(finding.blocks for finding in self.findings):
            self._add(rules.DIED.finding(f"the guest ended {len(subject.closings)} times"))

    async def _attempt(self, subject: Subject, sequence: Sequence) -> Violation | None:
        """Run a sequence on a fresh instance; return what went wrong."""
        try:
            await subject.play(story_of(sequence))
        except Violation as violation:
            return violation
        return None

    async def _report_drawn(
        self, violation: Violation, subject: Subject, sequence: Sequence
    ) -> None:
        if self._known(violation):
            return
        if violation.fatal:
            # Each try would cost a deadline and a guest.
            await self._report(violation, subject)
            return
        found = await shrink_live(
            self._schema,
            self._policy.properties,
            self._seed,
            lambda smaller: self._attempt(subject, smaller),
            failing=sequence,
            budget_s=_SHRINK_S,
        )
        if found is None:
            again = await self._attempt(subject, violation.trail)
            if again is not None:
                await self._report(again, subject)
                return
            violation.rule, violation.message = rules.FLAKY, f"once only: {violation.message}"
            self._add(self._finding(violation, subject, violation.trail))
            return
        # Hypothesis makes the values simple; leaving calls out is quicker without it.
        await self._report(found, subject)

    async def _report(self, violation: Violation, subject: Subject) -> None:
        """Shrink the trail of a violation and add its finding."""
        # Where a guest hung or died, the next section would most likely wait for the same.
        self._stopped = self._stopped or violation.fatal
        if self._known(violation):
            return
        trail = violation.trail
        if trail and not violation.fatal:

            async def fails(smaller: Sequence) -> bool:
                again = await self._attempt(subject, smaller)
                if again is None or again.rule is not violation.rule:
                    return False
                return again.line == violation.line

            try:
                trail = await shrink(trail, fails, budget_s=_SHRINK_S)
            except TooManyDeaths:
                trail = violation.trail
        self._add(self._finding(violation, subject, trail))

    def _known(self, violation: Violation) -> bool:
        """The same rule at the same line is one bug, however many inputs show it."""
        return any(
            finding.rule == violation.rule.id and finding.line == violation.line
            for finding in self.findings
        )

    def _finding(self, violation: Violation, subject: Subject, trail: Sequence) -> Finding:
        if not trail:
            return violation.finding()
        return violation.finding({"snippet": snippet(subject.class_name, trail, violation.message)})

    def _add(self, finding: Finding) -> None:
        if all((finding.rule, finding.message) != (old.rule, old.message) for old in self.findings):
            self.findings.append(finding)


def _belongs(trail: Sequence, sequences: list[Sequence]) -> int:
    """Position of the sequence that a trail is the beginning of."""
    for number, sequence in enumerate(sequences):
        if trail and len(trail) <= len(sequence):
            pairs = zip(trail, sequence, strict=False)
            if all(one["recorder"] is other["recorder"] for one, other in pairs):
                return number
    return 0
