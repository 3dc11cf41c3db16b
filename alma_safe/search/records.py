"""What a search writes down: settings, candidates and what came of them. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a candidate ended.

    ``EVALUATED``: it has a score and may become a parent. ``REJECTED``: by the gate, after
    the last repair. ``DUPLICATE``: of a design that was there. ``FAILED``: it broke in the
    middle of its evaluation. ``UNPROPOSED``: nobody wrote it. ``FAULT``: our side could not
    judge or play it.
    """

    EVALUATED = "evaluated"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    UNPROPOSED = "unproposed"
    FAULT = "fault"


class Purpose(StrEnum):
    """What designs are played for.

    ``SEARCH``: the score that steers, on the second half of the training tasks.
    ``VALIDATION``: the best ones once more on these tasks, with other chance.
    ``CONFIRMATION``: the winner, no memory and all baselines, on held-out tasks.
    """

    SEARCH = "search"
    VALIDATION = "validation"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What a run was asked for; written once, and read again when it goes on.

    The digests say what its numbers depend on; a run goes on only with the same ones.
    ``seeds``: name and digest of the designs that it begins with; ``baselines``: of those
    that its winner is compared with.
    """

    domain: str
    task_set: str
    agent: str
    agent_version: str
    agent_model: str = ""
    proposer: str
    meta_model: str = ""
    replayed: str = ""
    sampler: str = "alma"
    steps: int = 10
    parents: int = 5
    repairs: int = 3
    seed: int = 42
    rollout: str = "batched"
    train_size: int | None = 30
    tasks: int | None = None
    repeats: int = 3
    max_steps: int | None = None
    seeds: tuple[tuple[str, str], ...] = ()
    baselines: tuple[tuple[str, str], ...] = ()
    finalists: int = 3
    confirm: bool = True
    failure_memory: bool = True
    early_stop: bool = True
    policy: str = "strict"
    policy_digest: str = ""
    domain_digest: str = ""
    tool_version: str = ""
    budget: Mapping[str, float] = field(default_factory=dict)

    @property
    def playing_is_free(self) -> bool:
        """Whether neither the agent nor what designs ask costs anything."""
        return self.agent == "scripted"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {"budget": dict(self.budget)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> RunSettings:
        """Return what :meth:`to_json` was of. Raises TypeError for another shape."""
        pairs = {
            key: tuple((name, digest) for name, digest in values.get(key, ()))
            for key in ("seeds", "baselines")
        }
        return cls(**{**values, **pairs})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One place in a step and what came of it. Its name is ``step.slot``.

    ``parent``: the name of the candidate that it was made from, empty for none.
    ``counted``: whether it counts as a visit of its parent.
    ``score``: the mean of the repeats' means; ``difference``: to no memory, per task.
    """

    step: int
    slot: int
    parent: str
    state: State
    counted: bool = True
    digest: str = ""
    fingerprint: str = ""
    attempts: int = 0
    score: float | None = None
    difference: float | None = None
    descriptors: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def name(self) -> str:
        """How people and other candidates call it."""
        return f"{self.step}.{self.slot}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One answer of a model to the meta agent, in tokens and US dollars."""

    role: str
    model: str
    input_tokens: int
    output_tokens: int
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One source that was proposed. ``origin``: ``propose``, ``repair`` or ``seed``.

    Without a digest: nobody wrote one, and ``note`` of the detail says why.
    ``detail``: what the proposer needs to repair it, and what people want to know of it.
    """

    step: int
    slot: int
    attempt: int
    digest: str
    fingerprint: str
    origin: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gate said of a proposal. ``reused``: of the same design, earlier."""

    step: int
    slot: int
    attempt: int
    verdict: str
    report: Mapping[str, Any]
    feedback: str = ""
    reused: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the design may be evaluated."""
        return self.verdict == "accepted"

    @property
    def stage(self) -> str:
        """The stage that refused it, or was at fault; empty where none did."""
        bad = ("failed", "error")
        stages = self.report.get("stages", ())
        return next((each["name"] for each in stages if each["status"] in bad), "")

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules that refused it, each once."""
        found = (
            finding["rule"]
            for stage in self.report.get("stages", ())
            for finding in stage["findings"]
            if finding["severity"] == "error"
        )
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One episode of a deployment, as far as scores need it."""

    task: str
    kind: str
    repeat: int
    reward: float
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A design, or no memory, on the tasks of one purpose.

    ``failure``: of the design; ``faults``: episodes that our side could not play;
    ``evidence``: a few episodes with what the memory said, for the reflection;
    ``costs``: tokens and dollars of the agent and of the design's own calls.
    """

    digest: str
    purpose: Purpose
    played: tuple[Played, ...]
    failure: Mapping[str, Any] | None = None
    faults: tuple[str, ...] = ()
    stopped: bool = False
    retrieved_bytes: float = 0.0
    memory_bytes: int = 0
    costs: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0

    @property
    def repeats(self) -> tuple[float, ...]:
        """The mean reward of each repeat."""
        found: dict[int, list[float]] = {}
        for each in self.played:
            found.setdefault(each.repeat, []).append(each.reward)
        return tuple(sum(found[key]) / len(found[key]) for key in sorted(found))

    @property
    def score(self) -> float | None:
        """The mean of the repeats' means; None where nothing was played."""
        repeats = self.repeats
        return sum(repeats) / len(repeats) if repeats else None

    @property
    def tasks(self) -> dict[str, float]:
        """The mean reward of each task, by its id."""
        found: dict[str, list[float]] = {}
        for each in self.played:
            found.setdefault(each.task, []).append(each.reward)
        return {task: sum(values) / len(values) for task, values in sorted(found.items())}

    @property
    def kinds(self) -> dict[str, float]:
        """The mean reward of each type of task."""
        found: dict[str, list[float]] = {}
        for each in self.played:
            found.setdefault(each.kind, []).append(each.reward)
        return {kind: sum(values) / len(values) for kind, values in sorted(found.items())}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {
            "failure": dict(self.failure) if self.failure is not None else None,
            "costs": dict(self.costs),
            "evidence": [dict(each) for each in self.evidence],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Measured:
        """Return what :meth:`to_json` was of. Raises TypeError or KeyError for another shape."""
        return cls(
            **{
                **values,
                "purpose": Purpose(values["purpose"]),
                "played": tuple(Played(**each) for each in values["played"]),
                "faults": tuple(values["faults"]),
                "evidence": tuple(values["evidence"]),
            }
        )
