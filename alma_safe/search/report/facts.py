"""What a report says of a run, read from its archive once. Plain data for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alma_safe.domains.statistics import Interval, standard_error
from alma_safe.report import STAGES
from alma_safe.search.archive import Reader
from alma_safe.search.confirmation import Outcome, difference
from alma_safe.search.failures import Effect, effects
from alma_safe.search.prompting import changes
from alma_safe.search.records import (
    Candidate,
    Judgement,
    Measured,
    Proposal,
    Purpose,
    RunSettings,
    State,
)

_MOST_PAGES = 400
"""Designs that get a page of their own, the best first: a report has to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A proposal of a candidate and what the gate said."""

    proposal: Proposal
    judgement: Judgement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All there is to say of one candidate."""

    candidate: Candidate
    source: str
    changed: str
    tries: tuple[Try, ...]
    reflection: Mapping[str, Any]
    measured: Measured | None
    error: float
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How many first and repaired proposals reached a stage and passed it."""

    stage: str
    reached: int
    passed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A run, as a page shows it."""

    name: str
    settings: RunSettings
    outcome: Outcome | None
    candidates: tuple[Candidate, ...]
    pages: tuple[Page, ...]
    steps: Mapping[int, tuple[str, ...]]
    baseline: float | None
    funnel: tuple[Gate, ...]
    proposals: int
    refusals: tuple[tuple[str, int], ...]
    effects: tuple[Effect, ...]
    spent: Mapping[str, float]

    @property
    def evaluated(self) -> list[Candidate]:
        """Candidates with a score."""
        return [each for each in self.candidates if each.state is State.EVALUATED]

    @property
    def best(self) -> Candidate | None:
        """The best score of the search."""
        found = [each for each in self.evaluated if each.score is not None]
        return max(found, key=lambda e: (e.score or 0, -e.step, -e.slot), default=None)


def gathered(archive: Reader) -> Facts:
    """Read a run. It may be going on: what is there so far is told."""
    candidates = archive.candidates()
    proposals = [each for each in archive.proposals() if each.digest]
    judgements = archive.judgements()
    steps = archive.steps()
    baseline = archive.evaluation("", Purpose.SEARCH)
    kept = archive.outcome()
    refusals = archive.findings()
    counts: dict[str, int] = {}
    for each in refusals:
        counts[each[3]] = counts.get(each[3], 0) + 1
    tries: dict[tuple[int, int], list[Try]] = {}
    judged = {(each.step, each.slot, each.attempt): each for each in judgements}
    for proposal in proposals:
        key = (proposal.step, proposal.slot)
        found = judged.get((*key, proposal.attempt))
        tries.setdefault(key, []).append(Try(proposal=proposal, judgement=found))
    return Facts(
        name=archive.folder.resolve().name,
        settings=archive.settings,
        outcome=Outcome.from_json(kept) if kept is not None else None,
        candidates=tuple(candidates),
        pages=tuple(_pages(archive, candidates, tries, baseline)),
        steps=steps,
        baseline=baseline.score if baseline is not None else None,
        funnel=_funnel(judgements),
        proposals=len(proposals),
        refusals=tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))),
        effects=tuple(effects(refusals, proposals, list(steps))),
        spent=archive.spent(),
    )


def _pages(
    archive: Reader,
    candidates: Sequence[Candidate],
    tries: Mapping[tuple[int, int], list[Try]],
    baseline: Measured | None,
) -> list[Page]:
    by_name = {each.name: each for each in candidates}

    def place(each: Candidate) -> tuple[float, int, int]:
        return -each.score if each.score is not None else 1.0, each.step, each.slot

    best = sorted(candidates, key=place)
    pages = []
    for each in sorted(best[:_MOST_PAGES], key=lambda e: (e.step, e.slot)):
        source = archive.source(each.digest) if each.digest else b""
        parent = by_name.get(each.parent)
        changed = ""
        if parent is not None and parent.digest and source:
            changed = changes(archive.source(parent.digest), source)
        measured = archive.evaluation(each.digest, Purpose.SEARCH) if each.digest else None
        interval = None
        if measured is not None and baseline is not None:
            interval = difference(measured, baseline)
        pages.append(
            Page(
                candidate=each,
                source=source.decode("utf-8", "replace"),
                changed=changed,
                tries=tuple(tries.get((each.step, each.slot), ())),
                reflection=(archive.reflection(each.step, each.slot) or {}).get("reflection", {}),
                measured=measured,
                error=standard_error(measured.repeats) if measured is not None else 0.0,
                interval=interval,
            )
        )
    return pages


def _funnel(judgements: Sequence[Judgement]) -> tuple[Gate, ...]:
    fresh = [each for each in judgements if not each.reused]
    found = []
    for stage in STAGES:
        statuses = [
            entry["status"]
            for each in fresh
            for entry in each.report.get("stages", ())
            if entry["name"] == stage
        ]
        reached = [status for status in statuses if status != "skipped"]
        found.append(Gate(stage=stage, reached=len(reached), passed=reached.count("passed")))
    return tuple(found)
