"""The failure memory of a run: what designs were refused for, told to who writes the next.

A rule that refuses designs again and again is told with its remedy and one short example,
the most frequent ones of late first. What was refused long ago fades, so that the prompt
does not warn of what nobody does any more. What the gate let through and broke while it was
played is told as well: method, line, and what was said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alma_safe.search.records import Judgement, Proposal
from alma_safe.text import fenced
from alma_safe.verifier.catalogue import rules

MOST = 5
"""Rules that are told at a time."""

_DECAY = 0.8
"""What a refusal still counts after one step more."""

_LEAST = 1.0
_MAX_EXAMPLE = 300

type Refusal = tuple[int, int, int, str, str]
"""Step, slot, attempt, rule, stage."""


MOST_BROKEN = 3
"""Breakages that are told at a time."""

_LATE = 5
"""Steps for which a breakage is told."""

_BROKEN = """# What designs of this run broke with while they were played

The checker had accepted them: real episodes hold what its samples do not."""

_ENDING = re.compile(r"[a-z_]{1,40}")
_METHODS = {
    "load": "while the module was loaded",
    "fresh": "in __init__",
    "retrieve": "in general_retrieve",
    "update": "in general_update",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """A design that the gate had accepted and that broke while it was played."""

    step: int
    failure: Mapping[str, Any]
    source: bytes


def broke(failure: Mapping[str, Any]) -> str:
    """Where and how a design broke while it was played, in a line without what it said."""
    line = failure.get("line")
    where = _METHODS.get(str(failure.get("during", "")), "while it was used")
    at = f", line {line}" if isinstance(line, int) and line > 0 else ""
    ending = str(failure.get("ending", ""))
    # Kinds of endings are words of ours: anything else may be the guest's.
    return f"{where}{at}: {ending if _ENDING.fullmatch(ending) else 'ended'}"


def line_of(source: bytes, failure: Mapping[str, Any]) -> str:
    """The line of a design at which it broke, with its number; empty where it is unknown."""
    number, lines = failure.get("line"), source.decode("utf-8", "replace").split("\n")
    if not isinstance(number, int) or not 0 < number <= len(lines):
        return ""
    code = lines[number - 1].strip()
    return f"{number}: {code}" if code else ""


def breakages(found: Sequence[Breakage], step: int) -> str:
    """What a prompt says of designs of earlier steps that broke; empty for none of late."""
    told: dict[str, None] = {}
    for each in reversed(found):
        if not step - _LATE <= each.step < step:
            continue
        said = str(each.failure.get("text", ""))[:_MAX_EXAMPLE]
        code = line_of(each.source, each.failure)[:_MAX_EXAMPLE]
        shown = fenced(f"{said}\n{code}", "text", 2 * _MAX_EXAMPLE + 1)
        told.setdefault(f"- {broke(each.failure)}\n\n{shown}")
    if not told:
        return ""
    return "\n\n".join((_BROKEN, *list(told)[:MOST_BROKEN]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How often proposals broke a rule before and after it was first told."""

    rule: str
    entered: int
    before: float
    after: float


def frequent(refusals: Sequence[Refusal], step: int) -> list[str]:
    """The rules to tell before a step, by what was refused in earlier ones."""
    weights: dict[str, float] = {}
    for each in refusals:
        if each[0] < step:
            weights[each[3]] = weights.get(each[3], 0.0) + _DECAY ** (step - 1 - each[0])
    kept = [rule for rule, weight in weights.items() if weight >= _LEAST]
    return sorted(kept, key=lambda rule: (-weights[rule], rule))[:MOST]


def lessons(refusals: Sequence[Refusal], examples: Mapping[str, str], step: int) -> str:
    """What a prompt says of them; empty where there is nothing to say.

    ``examples``: rule -> what it said of one design, as shown text.
    """
    catalogue = rules()
    parts = []
    for name in frequent(refusals, step):
        rule = catalogue.get(name)
        told = f"- {name}: {rule.title}. {rule.remedy}" if rule is not None else f"- {name}"
        example = examples.get(name, "")
        parts.append(f"{told}\n\n{fenced(example, 'text', _MAX_EXAMPLE)}" if example else told)
    if not parts:
        return ""
    return "# What designs of this run were refused for\n\n" + "\n\n".join(parts)


def examples(judgements: Sequence[Judgement], step: int) -> dict[str, str]:
    """For each rule what it said the last time, in steps before this one."""
    found: dict[str, str] = {}
    for each in judgements:
        if each.step >= step:
            continue
        for stage in each.report.get("stages", ()):
            for finding in stage["findings"]:
                if finding["severity"] == "error":
                    found[finding["rule"]] = finding["message"]
    return found


def effects(
    refusals: Sequence[Refusal], proposals: Sequence[Proposal], steps: Sequence[int]
) -> list[Effect]:
    """Share of first proposals that a rule refused, before and after it was told."""
    entered: dict[str, int] = {}
    for step in sorted(steps):
        for rule in frequent(refusals, step):
            entered.setdefault(rule, step)
    firsts = [each.step for each in proposals if each.attempt == 0 and each.origin == "propose"]
    broken = {(each[0], each[1], each[3]) for each in refusals if each[2] == 0}

    def share(rule: str, chosen: Sequence[int]) -> float:
        count = sum(each[2] == rule and each[0] in chosen for each in broken)
        total = sum(step in chosen for step in firsts)
        return count / total if total else 0.0

    return [
        Effect(
            rule=rule,
            entered=step,
            before=share(rule, [each for each in steps if each < step]),
            after=share(rule, [each for each in steps if each >= step]),
        )
        for rule, step in sorted(entered.items())
    ]
