"""Putting an audit together: the gate, the manifest, the behaviour, what changed, what is left."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alma_safe import __version__
from alma_safe.audit.behaviour import Behaviour, observed
from alma_safe.design import Design
from alma_safe.policy import Policy
from alma_safe.recorders import RecorderSchema, recorder_schema
from alma_safe.report import DesignReport, Verdict
from alma_safe.sandbox.base import Backend
from alma_safe.verifier.bounded.process import BoundedProcess, WorkerGaveUp
from alma_safe.verifier.pipeline import Gate

SCHEMA = "alma-safe/audit/v1"
_TIMEOUT_S = 20.0
_MOST_LINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What differs from another version. ``answers``: how many of the last ones do."""

    path: str
    digest: str
    diff: str
    manifest: tuple[str, ...]
    answers: int
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All of it. ``behaviour``: None for a design that was refused before it could run."""

    report: DesignReport
    domain: str
    seed: int
    manifest: Mapping[str, Any]
    behaviour: Behaviour | None
    change: Change | None
    risks: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 accepted, 1 rejected, 3 where our side failed."""
        return {Verdict.ACCEPTED: 0, Verdict.REJECTED: 1}.get(self.report.verdict, 3)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        from dataclasses import asdict

        return {
            "schema": SCHEMA,
            "tool": {"name": "alma-safe", "version": __version__},
            "domain": self.domain,
            "seed": self.seed,
            "report": self.report.to_json(),
            "manifest": dict(self.manifest),
            "behaviour": self.behaviour.to_json() if self.behaviour is not None else None,
            "change": asdict(self.change) if self.change is not None else None,
            "risks": list(self.risks),
        }


async def audited(
    design: Design,
    policy: Policy,
    backend: Backend,
    *,
    domain: str | None,
    seed: int,
    against: Design | None,
) -> Audit:
    """Judge, read and run a design; compare it with another version where there is one.

    What a design does is seen only where the gate has let it through. Raises
    InfrastructureError for faults that are not the design's.
    """
    schema = recorder_schema(domain)
    async with Gate(policy, backend=backend, domain=domain, seed=seed) as gate:
        report = await gate.verify(design)
        accepted = report.verdict is Verdict.ACCEPTED
        manifest = await _read(design, schema)
        behaviour = await observed(design, policy, backend, schema) if accepted else None
        change = None
        if against is not None:
            judged = await gate.verify(against)
            other = None
            if judged.verdict is Verdict.ACCEPTED:
                other = await observed(against, policy, backend, schema)
            known = await _read(against, schema)
            change = _change(design, against, manifest, known, behaviour, other)
    return Audit(
        report=report,
        domain=schema.domain,
        seed=seed,
        manifest=manifest,
        behaviour=behaviour,
        change=change,
        risks=tuple(_risks(report, manifest, behaviour)),
    )


async def _read(design: Design, schema: RecorderSchema) -> dict[str, Any]:
    """The manifest; empty where the source cannot be read, or not all of it was."""
    if design.digest is None:
        return {}
    worker = BoundedProcess(
        "alma_safe.audit.worker", title="the reader of manifests", timeout_s=_TIMEOUT_S
    )
    try:
        return await worker.ask({"source": design.text, "words": sorted(_words(schema))})
    except (UnicodeDecodeError, WorkerGaveUp):
        return {}
    finally:
        await worker.close()


def _words(schema: RecorderSchema) -> set[str]:
    """Words of actions and things of a domain, by the samples of its recorder."""
    found: set[str] = set()
    for field in (*schema.init.values(), *schema.step.values()):
        for sample in field.samples:
            for text in sample if isinstance(sample, list) else [sample]:
                if isinstance(text, str) and len(text) < 80:
                    found.add(text.lower())
                    found.update(re.findall(r"[a-z]{4,}", text.lower()))
    return found


def _change(
    design: Design,
    against: Design,
    manifest: Mapping[str, Any],
    known: Mapping[str, Any],
    behaviour: Behaviour | None,
    other: Behaviour | None,
) -> Change:
    old, new = (each.shown_text.splitlines() for each in (against, design))
    diff = difflib.unified_diff(old, new, against.path, design.path, lineterm="")
    answers = asked = 0
    if behaviour is not None and other is not None:
        asked = min(len(behaviour.answers), len(other.answers))
        pairs = zip(behaviour.answers, other.answers, strict=False)
        answers = sum(mine != theirs for mine, theirs in pairs)
    return Change(
        path=against.path,
        digest=against.digest or "",
        diff="\n".join(diff),
        manifest=tuple(_compared(against, known, design, manifest)),
        answers=answers,
        asked=asked,
    )


def _compared(
    against: Design, known: Mapping[str, Any], design: Design, manifest: Mapping[str, Any]
) -> Iterator[str]:
    """What differs in what they can do; not of what was not read: it is not known to differ."""
    unread = [each for each, found in ((against, known), (design, manifest)) if not found]
    if not unread:
        return _capabilities(known, manifest)
    return (f"{each.path}: not read, so what it can do is not compared" for each in unread)


def _capabilities(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What a design can do now and could not before, and the other way round."""
    before, after = set(old.get("imports", ())), set(new.get("imports", ()))
    yield from (f"+ import {name}" for name in sorted(after - before))
    yield from (f"- import {name}" for name in sorted(before - after))
    shape, was = new.get("shape", {}), old.get("shape", {})
    for key in sorted(shape.keys() | was.keys()):
        if shape.get(key) != was.get(key):
            yield f"{key}: {was.get(key)} -> {shape.get(key)}"


def _risks(
    report: DesignReport, manifest: Mapping[str, Any], behaviour: Behaviour | None
) -> Iterator[str]:
    """What is left to decide, in plain words."""
    if report.verdict is not Verdict.ACCEPTED:
        yield "The gate did not accept it: it must not be deployed. What it does was not seen."
        return
    yield (
        "What it returns goes into an agent's prompt. The gate cannot say whether that is good "
        "advice, or whether it behaves otherwise on other tasks than those it was tried on."
    )
    models = manifest.get("models", ())
    if models:
        lines = [each["line"] for each in models]
        yield (
            f"It asks models ({_lines(lines)}): what it has seen goes to their endpoint, and what "
            "comes back goes into its memory. Budgets of the policy bound how much."
        )
    if behaviour is None:
        return
    if behaviour.verbatim >= 0.2:
        yield (
            f"{behaviour.verbatim:.0%} of what it says are observations word for word: whoever "
            "writes what the agent sees writes into its prompt."
        )
    kinds = sorted({each.kind for each in behaviour.suspicions})
    if kinds:
        yield f"Text for the prompt looks like more than a memory: {', '.join(kinds)}."
    if behaviour.failure:
        yield f"It broke off while it was observed: {behaviour.failure}"
    last = behaviour.points[-2:]
    if len(last) == 2 and last[1].memory_bytes - last[0].memory_bytes > 2**20:
        yield "It still grows after dozens of episodes: watch its memory in long runs."
    literals = manifest.get("domain_literals", ())
    if len(literals) >= 5:
        yield (
            f"{len(literals)} words of the domain are written into the code: what it knows of "
            "them was not learned, and will not carry over."
        )
    broad = manifest.get("broad_excepts", ())
    if broad:
        yield f"{len(broad)} broad excepts ({_lines(broad)}) hide what goes wrong inside."


def _lines(numbers: Sequence[int]) -> str:
    """As ``lines 3, 8``: each once, from top to bottom, the first few."""
    places = sorted(set(numbers))
    more = ", ..." if len(places) > _MOST_LINES else ""
    return f"line{'s' * (len(places) > 1)} {', '.join(map(str, places[:_MOST_LINES]))}{more}"
