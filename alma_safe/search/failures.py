"""The failure memory of a run: what designs were refused for, told to who writes the next.

A rule that refuses designs again and again is told with its remedy and one short example,
the most frequent ones of late first. What was refused long ago fades, so that the prompt
does not warn of what nobody does any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
