"""``alma-safe archive``: what a run has found, while it goes or afterwards."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from alma_safe.cli.console import document, put, say
from alma_safe.cli.output import OutputFile, require_spared
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from alma_safe.search.archive import Reader
    from alma_safe.search.archive.reader import Row
    from alma_safe.search.records import Candidate

_LINE = 1_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "archive",
        help="look at a run",
        description="List, show, draw, compare or export what a run has found.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_none)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    listing = actions.add_parser("list", help="every candidate, the best first", allow_abbrev=False)
    listing.add_argument("folder", metavar="RUN", help="the folder of a run")
    listing.add_argument("--state", metavar="STATE", help="only candidates that ended so")
    listing.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to tell (default: text)"
    )
    listing.set_defaults(run=_list)
    show = actions.add_parser("show", help="one candidate", allow_abbrev=False)
    show.add_argument("folder", metavar="RUN", help="the folder of a run")
    show.add_argument("name", metavar="NAME", help="as 3.1: its step and slot")
    show.add_argument("--source", action="store_true", help="print its source alone")
    show.set_defaults(run=_show)
    tree = actions.add_parser("tree", help="who came of whom", allow_abbrev=False)
    tree.add_argument("folder", metavar="RUN", help="the folder of a run")
    tree.set_defaults(run=_tree)
    diff = actions.add_parser("diff", help="how two candidates differ", allow_abbrev=False)
    diff.add_argument("folder", metavar="RUN", help="the folder of a run")
    diff.add_argument("name", metavar="NAME", help="as 3.1: its step and slot")
    diff.add_argument(
        "other",
        metavar="OTHER",
        nargs="?",
        help="the one it is compared with (default: its parent)",
    )
    diff.set_defaults(run=_diff)
    export = actions.add_parser("export", help="all of it as JSON", allow_abbrev=False)
    export.add_argument("folder", metavar="RUN", help="the folder of a run")
    export.add_argument(
        "--output", metavar="FILE", help="write it to FILE, whole or not (default: standard output)"
    )
    export.set_defaults(run=_export)


def _none(options: argparse.Namespace) -> int:
    raise UsageError("no action given", hint="actions: list, show, tree, diff, export")


def _opened(options: argparse.Namespace) -> AbstractContextManager[Reader]:
    from alma_safe.search.archive import looked_at

    return looked_at(Path(options.folder))


def _named(archive: Reader, name: str) -> Candidate:
    for each in archive.candidates():
        if each.name == name:
            return each
    raise UsageError(
        f"no candidate {visible(name)}", hint="`alma-safe archive list RUN` lists them"
    )


def _list(options: argparse.Namespace) -> int:
    from alma_safe.search.records import State

    with _opened(options) as archive:
        found = archive.rows()
    if options.state is not None:
        if options.state not in tuple(State):
            raise UsageError(
                f"no state {visible(options.state)}", hint=f"states: {', '.join(State)}"
            )
        found = [each for each in found if each.state == options.state]
    found.sort(
        key=lambda each: (-(each.score if each.score is not None else -1), each.step, each.slot)
    )
    if options.format == "json":
        rows = [
            {
                "name": each.name, "parent": each.parent, "state": each.state,
                "score": each.score, "difference": each.difference, "digest": each.digest,
                "attempts": each.attempts, "note": each.note,
            }
            for each in found
        ]  # fmt: skip
        put(document(rows))
        return 0
    _tell(_rows(found))
    return 0


def _tell(lines: Iterable[str]) -> None:
    """Print lines. A folder that one was given holds whatever somebody wrote into it."""
    put("".join(f"{visible(line, _LINE)}\n" for line in lines))


def _place(each: Row) -> tuple[float, int, int]:
    return -each.score if each.score is not None else 1.0, each.step, each.slot


def _rows(found: Sequence[Row]) -> Iterator[str]:
    yield f"{'name':8} {'parent':8} {'state':11} {'score':>6} {'against none':>12}  note"
    for each in found:
        score = "-" if each.score is None else f"{each.score:.3f}"
        difference = "-" if each.difference is None else f"{each.difference:+.3f}"
        line = f"{each.name:8} {each.parent or '-':8} {each.state:11} {score:>6} "
        yield (line + f"{difference:>12}  {visible(each.note, 80)}").rstrip()


def _show(options: argparse.Namespace) -> int:
    with _opened(options) as archive:
        each = _named(archive, options.name)
        if options.source:
            if not each.digest:
                raise UsageError(f"{each.name} has no source: nobody wrote it")
            put(
                visible(
                    archive.source(each.digest).decode("utf-8", "replace"), 10**6, newlines=True
                )
            )
            return 0
        lines = [f"{each.name}: {each.state.value}", f"parent: {each.parent or 'none'}"]
        lines.append(f"digest: {each.digest or 'none'}")
        if each.score is not None:
            lines.append(
                f"score: {each.score:.3f} ({each.difference or 0.0:+.3f} against no memory)"
            )
        if each.note:
            lines.append(f"note: {visible(each.note)}")
        lines += _failure(archive, each)
        lines += [f"{key}: {visible(str(value))}" for key, value in each.descriptors.items()]
        lines += _reflection(archive.reflection(each.step, each.slot) or {})
        for proposal in archive.proposals(each.step):
            if proposal.slot == each.slot:
                lines += _proposal(archive, proposal.attempt, each)
    _tell(lines)
    return 0


def _failure(archive: Reader, each: Candidate) -> Iterator[str]:
    """Where a design broke that the gate had accepted, and the line of it."""
    from alma_safe.search.failures import broke, line_of
    from alma_safe.search.records import Purpose

    measured = archive.evaluation(each.digest, Purpose.SEARCH) if each.digest else None
    if measured is None or measured.failure is None:
        return
    yield f"broke {broke(measured.failure)}"
    if code := line_of(archive.source(each.digest), measured.failure):
        yield f"  {visible(code, 200)}"


def _reflection(kept: Mapping[str, Any]) -> Iterator[str]:
    """What was found out about the parent before it was made."""
    found = kept.get("reflection") or {}
    if not found and not kept.get("note"):
        return
    yield ""
    yield "reflection on the parent:" + ("" if found else f" {visible(str(kept['note']), 200)}")
    for key, value in found.items():
        yield f"  {visible(str(key), 80)}:"
        for item in value if isinstance(value, list) else [value]:
            told = (
                "; ".join(f"{k}: {v}" for k, v in item.items())
                if isinstance(item, dict)
                else str(item)
            )
            yield from (f"    {line}" for line in wrap(visible(told, 2_000), 100))


def _proposal(archive: Reader, attempt: int, each: Candidate) -> Iterator[str]:
    for proposal in archive.proposals(each.step):
        if (proposal.slot, proposal.attempt) == (each.slot, attempt):
            yield ""
            yield f"attempt {attempt} ({proposal.origin}): {proposal.digest or 'nothing written'}"
            for mutation in proposal.detail.get("mutations", ()):
                yield f"  {visible(str(mutation.get('did', '')), 160)}"
    for judgement in archive.judgements(each.step):
        if (judgement.slot, judgement.attempt) == (each.slot, attempt):
            reused = ", as the same design before" if judgement.reused else ""
            yield f"  {judgement.verdict}{reused}"
            if judgement.verdict != "accepted":
                for line in judgement.feedback.splitlines()[:40]:
                    yield f"    {visible(line, 200)}"


def _tree(options: argparse.Namespace) -> int:
    with _opened(options) as archive:
        found = archive.candidates()
    children: dict[str, list[Candidate]] = {}
    for each in found:
        children.setdefault(each.parent, []).append(each)
    lines: list[str] = []
    pending = [(each, 0) for each in reversed(children.get("", ()))]
    while pending:
        each, depth = pending.pop()
        score = f" {each.score:.3f}" if each.score is not None else ""
        lines.append(f"{'  ' * depth}{each.name} {each.state.value}{score}")
        pending += [(child, depth + 1) for child in reversed(children.get(each.name, ()))]
    _tell(lines)
    return 0


def _diff(options: argparse.Namespace) -> int:
    import difflib

    with _opened(options) as archive:
        each = _named(archive, options.name)
        other = options.other or each.parent
        if not other:
            raise UsageError(
                f"{each.name} has no parent", hint="name the candidate to compare it with"
            )
        old = _named(archive, other)
        if not each.digest or not old.digest:
            raise UsageError("one of them has no source: nobody wrote it")
        before, after = (
            archive.source(one.digest).decode("utf-8", "replace").splitlines()
            for one in (old, each)
        )
    lines = difflib.unified_diff(before, after, old.name, each.name, lineterm="")
    put("".join(visible(line, 400) + "\n" for line in lines))
    return 0


def _export(options: argparse.Namespace) -> int:
    output = OutputFile(options.output) if options.output is not None else None
    from alma_safe.search.archive.export import exported

    with _opened(options) as archive:
        require_spared([output], options)
        text = document(exported(archive), indent=1, sort_keys=True)
    if output is not None:
        output.write(text)
        say(f"written: {visible(options.output, 400)}")
    else:
        put(text)
    return 0
