"""Fixed sequences, each aimed at one property. Each starts from a fresh instance.

Every section is a coroutine that raises Violation where its property does not hold
and returns findings that only warn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from alma_safe.report import Finding, Severity
from alma_safe.verifier.properties import rules
from alma_safe.verifier.properties.advice import about_unused
from alma_safe.verifier.properties.compare import difference, first_difference, size_of
from alma_safe.verifier.properties.deck import Story
from alma_safe.verifier.properties.episodes import Recorder
from alma_safe.verifier.properties.faults import faulty_model
from alma_safe.verifier.properties.steps import FRESH, RESET, Memory, Step, recall, retrieve, update
from alma_safe.verifier.properties.trial import Trial
from alma_safe.verifier.properties.violation import Violation

_GROWTH_FLOOR_BYTES = 4_000
_GROWTH_SMALL_BYTES = 1_000
_GROWTH_RATIO = 1.7
_CLOCK_TOLERANCE = 1e-3
"""Concurrent calls read the clock in another order; decayed scores move by a little."""


type Section = Callable[[Trial], Awaitable[list[Finding]]]


async def story(trial: Trial) -> list[Finding]:
    """Empty memory, updates, retrieves; recorders unchanged; what was stored comes back."""
    subject = trial.subject
    memory, answers = await subject.play(trial.story("story", lambda: _story_steps(trial)))
    trial.uses_model = subject.model.chats + subject.model.embeds > 0
    count = len(trial.queries)
    trial.answers = answers[: -2 * count]
    rounds = [answers[-2 * count : -count], answers[-count:]]
    findings: list[Finding] = []
    trial.learns = first_difference(rounds[0], rounds[1]) is not None
    trial.rounds = rounds[0]
    silent = not trial.learns and all(answer == answers[0] for answer in rounds[1])
    if trial.learns:
        findings.append(rules.LEARNS.finding("asking the same twice gave two different answers"))
    if silent:
        findings.append(_write_only(trial))
    if memory.tasks_left:
        findings.append(
            rules.TASKS.finding(
                f"general_update left {memory.tasks_left} tasks running",
                severity=Severity.ERROR if silent else Severity.WARNING,
            )
        )
    return findings


def _write_only(trial: Trial) -> Finding:
    message = (
        f"after {len(trial.training)} episodes every answer is still the one of an empty memory"
    )
    hint = about_unused(trial.subject.source, trial.training)
    return rules.WRITE_ONLY.finding(
        f"{message}: {hint.partition(':')[0]}" if hint else message, hint=hint
    )


def _story_steps(trial: Trial) -> list[Step]:
    kept = [recall(recorder, f"t{number}") for number, recorder in enumerate(trial.training)]
    return [*trial.script_steps(), *_asked_anew(trial), *_asked_anew(trial), *kept]


def _asked_anew(trial: Trial) -> list[Step]:
    """All queries, with clock and randomness at their start and no time passing."""
    return [RESET, *(retrieve(query, pause=False) for query in trial.queries)]


async def isolation(trial: Trial) -> list[Finding]:
    """A second instance knows nothing of what the first has learnt."""
    memory, answers = await trial.script()
    place = first_difference(trial.answers, answers)
    if place is None:
        # Compared with a guest in which nothing was ever learnt: see `reproducible`.
        _, trial.untrained = await trial.subject.play(_untrained(trial))
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


def _untrained(trial: Trial) -> Story:
    return trial.story("untrained", trial.untrained_steps)


async def concurrency(trial: Trial) -> list[Finding]:
    """Ten retrieves at once, their model calls answered out of order, equal ten in a row."""
    subject = trial.subject
    lessons = trial.story(
        "concurrency", lambda: [FRESH, *map(update, trial.training), *_asked_anew(trial)]
    )
    memory, expected = await subject.play(lessons)
    findings: list[Finding] = []
    if not trial.learns and first_difference(expected, trial.rounds, _CLOCK_TOLERANCE) is not None:
        findings.append(
            rules.LEARNS.finding(
                "what was asked before changes what is answered later: a cache that is not "
                "refreshed, or a memory that learns from being asked"
            )
        )
    for attempt in range(2 if trial.uses_model else 1):
        await subject.play([RESET], memory)
        subject.model.shuffle(attempt)
        try:
            got = await subject.together(
                memory, [retrieve(query, pause=False) for query in trial.queries]
            )
        except Violation as violation:
            got = [violation]
        finally:
            subject.model.shuffle(None)
        for outcome in got:
            if isinstance(outcome, Violation):
                raise Violation(
                    rule=rules.CONCURRENT,
                    message=f"of {len(trial.queries)} concurrent retrieves one failed: "
                    f"{outcome.message}",
                    line=outcome.line,
                    detail=outcome.detail,
                )
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

    def steps() -> Iterator[Step]:
        for recorder in trial.deck.awkward:
            lessons = [update(recorder), update(trial.training[0])]
            yield from (FRESH, retrieve(recorder), *lessons, retrieve(recorder))

    await trial.subject.play(trial.story("awkward_texts", steps))
    return []


async def odd_episodes(trial: Trial) -> list[Finding]:
    """Empty, short and unusual episodes of the documented shape."""

    def steps() -> Iterator[Step]:
        for recorder in trial.deck.odd:
            lessons = [update(recorder), update(trial.training[1])]
            yield from (FRESH, *lessons, retrieve(recorder))

    await trial.subject.play(trial.story("odd_episodes", steps))
    return []


async def misshapen_episodes(trial: Trial) -> list[Finding]:
    """Undocumented shapes: what fails only warns, unless it never returns."""
    findings: list[Finding] = []
    for name, recorder in trial.deck.misshapen:
        try:
            await trial.subject.play([FRESH, update(recorder), retrieve(recorder)])
        except Violation as violation:
            if violation.rule in (rules.SLOW, rules.MEMORY):
                raise
            findings.append(
                rules.MISSHAPEN.finding(f"{name}: {violation.message}", line=violation.line)
            )
    return findings


async def variety(trial: Trial) -> list[Finding]:
    """Hundreds of different names: stores fill up, and what evicts has to work."""
    episodes = trial.deck.variety
    await _learnt(trial, "variety", episodes, retrieve(episodes[-1], bounded=False))
    return []


async def bulk(trial: Trial) -> list[Finding]:
    """Hundreds of episodes: answers stay small, and do not grow with each of them."""
    subject, episodes = trial.subject, trial.deck.bulk
    count, question = len(episodes), retrieve(trial.queries[0])
    memory, answer = await _learnt(trial, "bulk", episodes[: count // 2], question)
    half, before = size_of(answer), subject.guest_memory()
    memory, answer = await _learnt(trial, "more bulk", episodes[count // 2 :], question, memory)
    full = size_of(answer)
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


async def _learnt(
    trial: Trial,
    name: str,
    episodes: list[Recorder],
    question: Step,
    memory: Memory | None = None,
) -> tuple[Memory, Any]:
    """An instance after a long story, and what it answers then.

    The story itself is no evidence that anybody reads.
    """
    begin = [] if memory is not None else [FRESH]
    story = trial.story(
        name, lambda: [*begin, *(update(one, echo=False) for one in episodes), question]
    )
    try:
        memory, answers = await trial.subject.play(story, memory)
    except Violation as violation:
        violation.message = f"after {len(violation.trail)} calls: {violation.message}"
        violation.trail = []
        raise
    return memory, answers[-1]


async def long_episodes(trial: Trial) -> list[Finding]:
    """Episodes of more than a thousand steps, observations of many kilobytes."""
    settings = trial.policy.properties
    begin: list[Step] = [FRESH, update(trial.training[0])]
    memory: Memory | None = None
    for what, recorder in (
        (f"an episode of {settings.long_episode_steps} steps", trial.deck.lengthy),
        (f"observations of {settings.long_text_chars} characters", trial.deck.wordy),
    ):
        steps = [*begin, update(recorder), retrieve(recorder, bounded=False)]
        try:
            memory, _ = await trial.subject.play(steps, memory)
        except Violation as violation:
            violation.message = f"{what}: {violation.message}"
            violation.trail = []
            raise
        begin = []
    return []


async def reproducible(trial: Trial, first: Trial) -> list[Finding]:
    """The same story in a guest with another hash seed; ``trial`` has the second subject."""
    _, untrained = await trial.subject.play(_untrained(trial))
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
