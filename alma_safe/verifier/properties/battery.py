"""Fixed sequences, each aimed at one property. Each starts from a fresh instance.

Every section is a coroutine that raises Violation where its property does not hold
and returns findings that only warn.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from alma_safe.report import Finding, Severity
from alma_safe.verifier.properties import episodes, rules
from alma_safe.verifier.properties.compare import difference, first_difference, size_of
from alma_safe.verifier.properties.episodes import Operation
from alma_safe.verifier.properties.faults import faulty_model
from alma_safe.verifier.properties.subject import Memory
from alma_safe.verifier.properties.texts import AWKWARD, REPLACED_SURROGATE, long_text
from alma_safe.verifier.properties.trial import Trial
from alma_safe.verifier.properties.violation import Violation

_VARIETY = 80
_GROWTH_FLOOR_BYTES = 4_000
_GROWTH_SMALL_BYTES = 1_000
_GROWTH_RATIO = 1.7
_CLOCK_TOLERANCE = 1e-3
"""Concurrent calls read the clock in another order; decayed scores move by a little."""


type Section = Callable[[Trial], Awaitable[list[Finding]]]


async def story(trial: Trial) -> list[Finding]:
    """Empty memory, updates, retrieves; recorders unchanged; what was stored comes back."""
    subject = trial.subject
    memory, answers = await trial.script()
    trial.answers = answers
    trial.uses_model = subject.model.chats + subject.model.embeds > 0
    rounds = [await _asked_anew(trial, memory) for _ in range(2)]
    for number, recorder in enumerate(trial.training):
        await subject.unchanged(memory, f"t{number}", recorder)
    findings: list[Finding] = []
    trial.learns = first_difference(rounds[0], rounds[1]) is not None
    trial.rounds = rounds[0]
    silent = not trial.learns and all(answer == answers[0] for answer in rounds[1])
    if trial.learns:
        findings.append(rules.LEARNS.finding("asking the same twice gave two different answers"))
    if silent:
        findings.append(
            rules.WRITE_ONLY.finding(
                f"after {len(trial.training)} episodes every answer is still the one of an "
                "empty memory"
            )
        )
    if memory.tasks_left:
        findings.append(
            rules.TASKS.finding(
                f"general_update left {memory.tasks_left} tasks running",
                severity=Severity.ERROR if silent else Severity.WARNING,
            )
        )
    return findings


async def _asked_anew(trial: Trial, memory: Memory) -> list[Any]:
    """All queries, with clock and randomness at their start and no time passing."""
    await trial.subject.reset()
    return [await trial.subject.retrieve(memory, query, pause=False) for query in trial.queries]


async def isolation(trial: Trial) -> list[Finding]:
    """A second instance knows nothing of what the first has learnt."""
    memory, answers = await trial.script()
    place = first_difference(trial.answers, answers)
    if place is None:
        # Compared with a guest in which nothing was ever learnt: see `reproducible`.
        trial.untrained = await trial.ask_untrained()
        return []
    # Entropy in the answers looks the same: only a guest of its own tells them apart.
    await trial.subject.close()
    await trial.subject.open()
    _, anew = await trial.script()
    if first_difference(trial.answers, anew) is not None:
        raise _irreproducible(trial.answers, anew, "in a fresh guest")
    raise Violation(
        rule=rules.SHARED,
        message="a new instance answers differently after another one was used: "
        + difference(trial.answers[place], answers[place], "result"),
        trail=list(memory.trail),
    )


async def concurrency(trial: Trial) -> list[Finding]:
    """Ten retrieves at once, their model calls answered out of order, equal ten in a row."""
    subject = trial.subject
    memory = await subject.fresh()
    for recorder in trial.training:
        await subject.update(memory, recorder)
    expected = await _asked_anew(trial, memory)
    findings: list[Finding] = []
    if not trial.learns and first_difference(expected, trial.rounds, _CLOCK_TOLERANCE) is not None:
        findings.append(
            rules.LEARNS.finding(
                "what was asked before changes what is answered later: a cache that is not "
                "refreshed, or a memory that learns from being asked"
            )
        )
    for attempt in range(2 if trial.uses_model else 1):
        await subject.reset()
        subject.model.shuffle(attempt)
        try:
            got = await asyncio.gather(
                *(subject.retrieve(memory, query, pause=False) for query in trial.queries),
                return_exceptions=True,
            )
        finally:
            subject.model.shuffle(None)
        for outcome in got:
            if isinstance(outcome, Violation):
                raise Violation(
                    rule=rules.CONCURRENT,
                    message=f"of {len(got)} concurrent retrieves one failed: {outcome.message}",
                    line=outcome.line,
                    detail=outcome.detail,
                )
            if isinstance(outcome, BaseException):
                raise outcome
        place = None if trial.learns else first_difference(expected, got, _CLOCK_TOLERANCE)
        if place is not None:
            raise Violation(
                rule=rules.CONCURRENT,
                message=f"retrieve {place + 1} of {len(got)} concurrent ones was answered "
                "differently than alone: " + difference(expected[place], got[place], "result"),
            )
    return findings


async def awkward_texts(trial: Trial) -> list[Finding]:
    """Texts that break regular expressions, formats, encodings and parsers."""
    for text in AWKWARD:
        memory = await trial.subject.fresh()
        recorder = episodes.with_text(trial.schema, text)
        await trial.subject.retrieve(memory, recorder)
        await trial.subject.update(memory, recorder)
        await trial.subject.update(memory, trial.training[0])
        await trial.subject.retrieve(memory, recorder)
    return []


async def odd_episodes(trial: Trial) -> list[Finding]:
    """Empty, short and unusual episodes of the documented shape."""
    for _, recorder in episodes.oddities(trial.schema):
        memory = await trial.subject.fresh()
        await trial.subject.update(memory, recorder)
        await trial.subject.update(memory, trial.training[1])
        await trial.subject.retrieve(memory, recorder)
    return []


async def misshapen_episodes(trial: Trial) -> list[Finding]:
    """Undocumented shapes: what fails only warns, unless it never returns."""
    findings: list[Finding] = []
    for name, recorder in episodes.misshapen(trial.schema, REPLACED_SURROGATE):
        memory = await trial.subject.fresh()
        try:
            await trial.subject.update(memory, recorder)
            await trial.subject.retrieve(memory, recorder)
        except Violation as violation:
            if violation.rule in (rules.SLOW, rules.MEMORY):
                raise
            findings.append(
                rules.MISSHAPEN.finding(f"{name}: {violation.message}", line=violation.line)
            )
    return findings


async def variety(trial: Trial) -> list[Finding]:
    """Hundreds of different names: stores fill up, and what evicts has to work."""
    rng = random.Random(37)
    story: list[Operation] = []
    for number in range(_VARIETY):
        recorder = episodes.typical(trial.schema, rng, steps=6)
        recorder = episodes.numbered(recorder, trial.schema, number)
        story.append({"op": "update", "recorder": recorder})
    memory = await _learnt(trial, story)
    await trial.subject.retrieve(memory, story[-1]["recorder"], bounded=False)
    return []


async def bulk(trial: Trial) -> list[Finding]:
    """Hundreds of episodes: answers stay small, and do not grow with each of them."""
    subject, count = trial.subject, trial.policy.properties.bulk_episodes
    rng = random.Random(23)
    story = [
        {"op": "update", "recorder": episodes.typical(trial.schema, rng)} for _ in range(count)
    ]
    memory = await _learnt(trial, story[: count // 2])
    half = size_of(await subject.retrieve(memory, trial.queries[0]))
    before = subject.guest_memory()
    memory = await _learnt(trial, story[count // 2 :], memory)
    full = size_of(await subject.retrieve(memory, trial.queries[0]))
    per_episode = (subject.guest_memory() - before) / (count - count // 2)
    if per_episode > trial.policy.properties.max_growth_kb * 1024:
        raise Violation(
            rule=rules.HOARDS,
            message=f"the guest's memory grows by {per_episode / 1024:.0f} KiB with every episode",
        )
    shown = f"{half} bytes after {count // 2} episodes, {full} bytes after {count}"
    if full <= _GROWTH_RATIO * half or full < _GROWTH_SMALL_BYTES:
        return []
    return [
        rules.GROWS.finding(
            f"general_retrieve grows with every episode: {shown}",
            severity=Severity.ERROR if full > _GROWTH_FLOOR_BYTES else Severity.WARNING,
        )
    ]


async def _learnt(trial: Trial, story: list[Operation], memory: Memory | None = None) -> Memory:
    """An instance after a long story; the story itself is no evidence that anybody reads."""
    try:
        return await trial.subject.replay(story, memory=memory, echo=False)
    except Violation as violation:
        violation.message = f"after {len(violation.trail)} calls: {violation.message}"
        violation.trail = []
        raise


async def long_episodes(trial: Trial) -> list[Finding]:
    """Episodes of more than a thousand steps, observations of many kilobytes."""
    subject, settings = trial.subject, trial.policy.properties
    rng = random.Random(29)
    memory = await subject.fresh()
    await subject.update(memory, trial.training[0])
    lengthy = episodes.typical(trial.schema, rng, steps=settings.long_episode_steps)
    wordy = episodes.with_long_texts(trial.schema, long_text(settings.long_text_chars))
    for what, recorder in (
        (f"an episode of {settings.long_episode_steps} steps", lengthy),
        (f"observations of {settings.long_text_chars} characters", wordy),
    ):
        try:
            await subject.update(memory, recorder)
            await subject.retrieve(memory, recorder, bounded=False)
        except Violation as violation:
            violation.message = f"{what}: {violation.message}"
            violation.trail = []
            raise
    return []


async def reproducible(trial: Trial, first: Trial) -> list[Finding]:
    """The same story in a guest with another hash seed; ``trial`` has the second subject."""
    untrained = await trial.ask_untrained()
    place = first_difference(untrained, first.untrained) if first.untrained else None
    if place is not None:
        raise Violation(
            rule=rules.SHARED,
            message="an instance that has learnt nothing answers with what others learnt: "
            + difference(untrained[place], first.untrained[place], "result"),
        )
    _, answers = await trial.script()
    if first_difference(first.answers, answers) is not None:
        raise _irreproducible(first.answers, answers, "under another hash seed (PYTHONHASHSEED)")
    return []


def _irreproducible(first: list[Any], second: list[Any], where: str) -> Violation:
    place = first_difference(first, second) or 0
    return Violation(
        rule=rules.HASH_ORDER,
        message=f"the result is not deterministic: the same calls {where} were answered "
        "differently: " + difference(first[place], second[place], "result"),
    )


SECTIONS: tuple[Section, ...] = (
    isolation,
    odd_episodes,
    awkward_texts,
    concurrency,
    faulty_model,
    long_episodes,
    variety,
    bulk,
    misshapen_episodes,
)
"""In the order in which they run, after ``story``."""
