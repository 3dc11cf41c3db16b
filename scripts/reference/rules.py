"""The catalogue of rules, from the rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from alma_safe.report import STAGES
from alma_safe.verifier.catalogue import rules
from alma_safe.verifier.rule import Rule

SAMPLES = Path(__file__).resolve().parents[2] / "tests" / "assets" / "rules"

HEAD = """# Rules

Made by `make docs` from the rules; `alma-safe explain RULE` says the same with the samples in
full. A rule refuses a design unless it says that it informs; which of them inform or are off is
the policy's to say (`warn`, `off`). Findings of ruff that are not listed here carry
its own codes as `ruff.CODE`; what else mypy finds is `mypy.other`.
"""

ABOUT = {
    "static": "Read from the text, before anything runs.",
    "types": "mypy against the memory base classes.",
    "properties": "What the design does when it is driven with awkward inputs, in the sandbox.",
    "execution": "What it uses on a recorded workload, measured by the host.",
}


def page() -> str:
    """Return the page."""
    known = sorted(rules().values(), key=lambda rule: STAGES.index(rule.stage))
    return HEAD + "".join(
        part
        for stage, group in groupby(known, key=lambda rule: rule.stage)
        for part in (f"\n## {stage}\n\n{ABOUT[stage]}\n", *map(_rule, group))
    )


def _rule(rule: Rule) -> str:
    informs = " (informs)" if rule.warns else ""
    samples = ", ".join(_samples(rule.id))
    return (
        f"\n### {rule.id}\n\n**{_plain(rule.title)}**{informs}. {_plain(rule.reason)}\n\n"
        f"Instead: {_plain(rule.remedy)}" + (f"\n\nSamples: {samples}\n" if samples else "\n")
    )


def _samples(rule_id: str) -> Iterator[str]:
    for kind in ("refused", "accepted"):
        if (SAMPLES / rule_id / f"{kind}.py").exists():
            yield f"[{kind}](../tests/assets/rules/{rule_id}/{kind}.py)"


def _plain(text: str) -> str:
    """Names of Python as they are: `__x__` is no emphasis, `<x>` no element."""
    found = " ".join(text.split())
    for special in "\\*_<>[]":
        found = found.replace(special, f"\\{special}")
    return found
