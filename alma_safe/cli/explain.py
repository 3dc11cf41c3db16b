"""``alma-safe explain``: what a rule refuses, why, and what to write instead."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from alma_safe.cli.console import put
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.verifier.rule import Rule

_ABOUT = {
    "static": "read from the text, before anything runs",
    "types": "mypy against the memory base classes",
    "properties": "what the design does with awkward inputs, in the sandbox",
    "execution": "what it uses on a recorded workload",
}
_WIDTH = 88
_SAMPLE_LIMIT = 20_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "explain",
        help="explain a rule",
        description="Say what a rule refuses, why, and what to write instead.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "rule", nargs="?", metavar="RULE", help="the id of a rule, as S101 or ruff.F821"
    )
    parser.add_argument("--list", action="store_true", help="list all rules")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one rule, or the list of all."""
    if options.list == (options.rule is not None):
        raise UsageError(
            "name one rule or give --list, not both" if options.list else "name a rule",
            hint="`alma-safe explain --list` lists all rules",
        )
    from alma_safe.verifier.catalogue import rules

    catalogue = rules()
    if options.list:
        put("\n".join(_table(catalogue.values())) + "\n")
        return 0
    if options.rule.casefold().startswith("ruff."):
        put("\n".join(_page_of_ruff(options.rule[len("ruff.") :])) + "\n")
        return 0
    by_id = {rule_id.casefold(): rule for rule_id, rule in catalogue.items()}
    rule = by_id.get(options.rule.casefold())
    if rule is None:
        raise UsageError(f"no rule {visible(options.rule, 80)}", hint=_near(options.rule, by_id))
    put("\n".join(_page(rule)) + "\n")
    return 0


def _table(rules: Iterable[Rule]) -> Iterator[str]:
    entries = list(rules)
    width = max((len(rule.id) for rule in entries), default=0)
    stage = ""
    for rule in entries:
        if rule.stage != stage:
            if stage:
                yield ""
            stage = rule.stage
            yield f"{stage}: {_ABOUT[stage]}"
        yield f"  {rule.id:<{width}}  {rule.title}{' (warns)' if rule.warns else ''}"
    yield ""
    yield "A rule refuses a design unless it warns, or the policy says otherwise. Findings of ruff"
    yield "carry its codes as ruff.CODE: `alma-safe explain ruff.F821`."


def _page_of_ruff(code: str) -> Iterator[str]:
    """A rule of ruff, in its own words. Raises UsageError for one that it does not know."""
    if code.casefold() == "syntax":
        yield "ruff.syntax: ruff cannot read the file"
        yield "stage static, refuses the design"
        yield from _section("why", "Python refuses to compile what ruff's parser refuses.")
        yield from _section("instead", "Correct the syntax at the given line.")
        return
    from difflib import get_close_matches

    from alma_safe.linter import linter_rules

    known = linter_rules()
    found = known.get(code.upper())
    if found is None:
        near = ", ".join(f"ruff.{each}" for each in get_close_matches(code.upper()[:80], known))
        raise UsageError(
            f"ruff has no rule {visible(code, 80) or '(empty)'}",
            hint=f"did you mean {near}?" if near else "`ruff rule --all` lists its rules",
        )
    name, text = found
    yield f"ruff.{code.upper()}: {visible(name, 80)}"
    yield "stage static, refuses or informs as ruff_block and ruff_warn of the policy say"
    yield ""
    for line in visible(text.strip(), _SAMPLE_LIMIT, newlines=True).split("\n"):
        title = line.removeprefix("## ")
        yield f"  {line}".rstrip() if title == line else title + ":" * (not title.endswith("?"))
    yield from _section(
        "instead",
        "Repair what it names; comments such as noqa are not obeyed. "
        f"https://docs.astral.sh/ruff/rules/{visible(name, 80)}/",
    )


def _near(name: str, by_id: dict[str, Rule]) -> str:
    import difflib

    near = difflib.get_close_matches(name.casefold()[:80], by_id, n=3)
    likely = ", ".join(by_id[key].id for key in near)
    listed = "`alma-safe explain --list` lists all rules"
    return f"did you mean {likely}?\n{listed}" if likely else listed


def _page(rule: Rule) -> Iterator[str]:
    yield f"{rule.id}: {rule.title}"
    yield f"stage {rule.stage}, {'warns' if rule.warns else 'refuses the design'}"
    yield from _section("why", rule.reason)
    yield from _section("instead", rule.remedy)
    for kind in ("refused", "accepted"):
        yield from _sample(rule.id, kind)


def _section(title: str, text: str) -> Iterator[str]:
    import textwrap

    yield ""
    yield f"{title}:"
    yield textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _sample(rule_id: str, kind: str) -> Iterator[str]:
    from alma_safe.resources import resource_dir

    path = resource_dir("rules") / rule_id / f"{kind}.py"
    try:
        source = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # Rules of guest stages and of tools have no sample that one file could show.
        return
    yield ""
    yield f"{kind}:"
    for line in visible(source.strip("\n"), _SAMPLE_LIMIT, newlines=True).split("\n"):
        yield f"  {line}".rstrip()
