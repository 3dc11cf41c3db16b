"""The texts of `prompts/`, filled in. What is hostile stands between fences it cannot close."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from alma_safe import contract
from alma_safe.design import MAX_BYTES
from alma_safe.domains.pack import Pack
from alma_safe.policy import Policy
from alma_safe.recorders import Field
from alma_safe.search import episodes
from alma_safe.search.proposers.base import Attempt, Brief, Known
from alma_safe.text import fenced, shortened, visible

_FOLDER = Path(__file__).with_name("prompts")
_MAX_EPISODES = 60_000
_MAX_FEEDBACK = 16_000
_MAX_DIFF = 8_000


def text(name: str, **values: str) -> str:
    """Return a prompt with its places filled. Raises KeyError for one that is left."""
    return _template(name).substitute(values).strip() + "\n"


@functools.cache
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.md").read_text("utf-8"))


def system(pack: Pack, policy: Policy, lessons: str) -> str:
    """What the meta agent is told before anything else."""
    given = text(
        "contract",
        description=pack.description.strip(),
        init=_fields(pack.recorder.init),
        step=_fields(pack.recorder.step),
        contract=fenced(Path(contract.__file__).read_text("utf-8"), "python"),
        source_kib=str(MAX_BYTES // 1024),
        output_kib=str(policy.properties.max_output_bytes // 1024),
        lessons=lessons,
    )
    return text("role") + "\n" + given


def reflection(brief: Brief) -> str:
    """Ask what is good and bad about a parent."""
    parent = brief.parent
    assert parent is not None
    kinds = parent.measured.kinds if parent.measured is not None else {}
    told = ", ".join(f"{visible(kind)} {value:.2f}" for kind, value in kinds.items())
    return text(
        "reflect",
        source=_source(parent),
        score=f"{parent.candidate.score or 0.0:.3f}",
        baseline=f"{brief.baseline:.3f}",
        kinds=f"By type of task: {told}." if told else "",
        evidence=_episodes(parent),
        before=_before(brief),
    )


def proposal(brief: Brief, reflected: Mapping[str, Any]) -> str:
    """Ask for a design: a first one, or a better one than the parent."""
    if brief.parent is None:
        return text("propose", given="", task="There is no design yet. Write the first one.")
    chosen = {
        key: reflected[key]
        for key in ("trajectory_score_assessment", "suggested_changes")
        if key in reflected
    }
    given = f"# The design to improve\n\n{_source(brief.parent)}\n\nIt scored "
    given += f"{brief.parent.candidate.score or 0.0:.3f}; no memory scores {brief.baseline:.3f}."
    if chosen:
        found = json.dumps(chosen, indent=1, ensure_ascii=False)
        given += f"\n\n# What was found out about it\n\n{fenced(found, 'json', _MAX_EPISODES)}"
    task = "Write a better design. Carry out what was found to be worth most; leave what works."
    return text("propose", given=given, task=task)


def repair(attempts: Sequence[Attempt]) -> str:
    """Ask for the last attempt anew, given why it was refused and what was changed before."""
    last = attempts[-1]
    history = ""
    if len(attempts) > 1:
        diff = fenced(changes(attempts[-2].source, last.source), "diff", _MAX_DIFF)
        earlier = ", ".join(
            each.judgement.rules[0] for each in attempts[:-1] if each.judgement.rules
        )
        history = f"The last repair changed this and did not help:\n\n{diff}\n\n"
        history += f"Refused before for: {visible(earlier)}." if earlier else ""
    return text(
        "repair",
        source=fenced(last.source.decode("utf-8", "replace"), "python"),
        feedback=shortened(last.judgement.feedback.strip(), _MAX_FEEDBACK),
        history=history,
    )


def changes(before: bytes, after: bytes) -> str:
    """A unified diff of two sources."""
    import difflib

    old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    return "\n".join(difflib.unified_diff(old, new, "before", "after", lineterm="", n=2))


def _source(known: Known) -> str:
    return fenced(known.source.decode("utf-8", "replace"), "python")


def _before(brief: Brief) -> str:
    if brief.before is None or brief.parent is None:
        return "It is the first of its line."
    step = (brief.parent.candidate.score or 0.0) - (brief.before.candidate.score or 0.0)
    told = json.dumps(brief.suggestion or {}, indent=1, ensure_ascii=False)
    return (
        f"The design before it:\n\n{_source(brief.before)}\n\nWhat was suggested then:\n\n"
        f"{fenced(told, 'json', _MAX_EPISODES)}\n\nThe score changed by {step:+.3f}."
    )


def _episodes(known: Known) -> str:
    if known.measured is None or not known.measured.evidence:
        return "None were kept."
    return episodes.shown(known.measured.evidence, _MAX_EPISODES)


def _fields(fields: Mapping[str, Field]) -> str:
    return "\n".join(
        f"- `{name}` ({each.kind}): {each.description} For example: "
        + visible(json.dumps(each.samples[0], ensure_ascii=False), 300)
        for name, each in fields.items()
    )
