"""``alma-safe verify``: designs in, a report out."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alma_safe import __version__
from alma_safe.cli.console import put, say, wants_color
from alma_safe.cli.options import MAX_SEED, at_least, named, seed, stages
from alma_safe.cli.output import OutputFile, require_spared
from alma_safe.errors import BackendUnavailable, InputError, UsageError
from alma_safe.formats import NAMES
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.cli.run import Request
    from alma_safe.design import Design
    from alma_safe.known import Known
    from alma_safe.policy import Policy
    from alma_safe.report import Report
    from alma_safe.sandbox.base import Backend

_GUEST_STAGES = frozenset({"properties", "execution"})
_MAX_JOBS = 64
_MAX_NOTES = 20


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "verify",
        help="judge designs and report",
        description="Judge designs: static checks, types, properties, execution.",
        epilog="exit codes: 0 accepted, 1 rejected, 2 usage or policy error, 3 infrastructure",
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a design, a glob, - for stdin, or a folder: the *.py files below it, without "
        "__init__.py, hidden folders and links to folders",
    )
    parser.add_argument(
        "--policy",
        type=named("a policy"),
        default="strict",
        help="a shipped policy or a file (default: strict)",
    )
    parser.add_argument(
        "--format", choices=NAMES, default="text", help="how to report (default: text)"
    )
    parser.add_argument("--output", metavar="FILE", help="write the report to FILE, whole or not")
    parser.add_argument(
        "--write",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write the report in another format as well; repeatable",
    )
    parser.add_argument(
        "--changed-since", metavar="REV", help="only designs that differ from a git revision"
    )
    parser.add_argument(
        "--known", metavar="FILE", help="findings that are known, with a reason and until when"
    )
    parser.add_argument(
        "--sandbox",
        choices=("auto", "nsjail", "docker"),
        default="auto",
        help="what runs the guest (default: auto)",
    )
    parser.add_argument(
        "--stages", metavar="A,B", help="only these stages: static, types, properties, execution"
    )
    parser.add_argument(
        "--all-stages", action="store_true", help="go on after a stage that did not pass"
    )
    parser.add_argument(
        "--jobs",
        type=at_least(1, _MAX_JOBS),
        metavar="N",
        help="designs at a time (default: one for each core)",
    )
    parser.add_argument(
        "--domain",
        type=named("a domain"),
        help="generate and record episodes of this domain only",
    )
    parser.add_argument(
        "--seed",
        type=seed,
        metavar="N",
        help="seed of what the properties try (default: 0)",
    )
    parser.add_argument(
        "--fresh-seeds",
        action="store_true",
        help="draw a new seed; the report has it, so that --seed can repeat the run",
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="judge again what was judged before under the same conditions",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Verify and report. Returns the exit code of the report."""
    wanted = stages(options.stages)
    output = OutputFile(options.output) if options.output is not None else None
    further = [_further(each) for each in options.write]

    from alma_safe.design import collect
    from alma_safe.policy import load_policy

    policy = load_policy(options.policy)
    if options.known is not None and options.all_stages:
        raise UsageError(
            "--known and --all-stages exclude each other",
            hint="what comes after a known refusal is not judged, so that it is never accepted",
        )
    known = _known(options.known)
    if "-" in options.paths and sys.stdin is None:
        raise InputError("standard input is closed", hint="pipe the source of one design in")
    designs = collect(options.paths)
    require_spared([output, *(file for _, file in further)], options, designs)
    if options.changed_since is not None:
        from alma_safe.cli.changed import changed_since

        designs = changed_since(options.changed_since, designs)
    report = _report(options, policy, wanted, designs)
    if known:
        report = _forgiven(report, known, every=options.changed_since is None)
    _deliver(report, options.format, output)
    for form, file in further:
        file.write(_rendered(report, form))
    if _guest_failed(report):
        for line in _advice("").splitlines():
            say(f"hint: {visible(line)}")
    return report.exit_code


def _report(
    options: argparse.Namespace, policy: Policy, wanted: tuple[str, ...], designs: list[Design]
) -> Report:
    """Judge what there is to judge. Where nothing was changed, that is what is reported."""
    if not designs:
        from alma_safe.recorders import recorder_schema
        from alma_safe.report import Report

        # A domain that is not there is told today, not when a design is changed one day.
        recorder_schema(options.domain)
        told = f"no design was changed since {visible(options.changed_since, 80)}"
        return Report(designs=(), tool_version=__version__, nothing_due=told)

    from alma_safe.cli.run import Request

    request = Request(
        policy=policy,
        stages=wanted,
        all_stages=options.all_stages,
        domain=options.domain,
        seed=_seed(options),
        jobs=options.jobs,
        reuse=not (options.fresh or options.fresh_seeds or os.environ.get("ALMA_SAFE_FRESH")),
    )
    return _judged(request, designs, options.sandbox)


def _forgiven(report: Report, known: Sequence[Known], *, every: bool) -> Report:
    """The report with what is known as warnings; says which entries speak of nothing in it.

    ``every``: whether all designs were judged, so that an entry of none of them is idle.
    """
    from dataclasses import replace

    from alma_safe.known import forgiven, idle

    lines = [f"known: {line}" for line in idle(report.designs, known, every=every)]
    if len(lines) > _MAX_NOTES:
        lines[_MAX_NOTES:] = [f"known: ... and {len(lines) - _MAX_NOTES} entries more"]
    for line in lines:
        say(line)
    return replace(report, designs=tuple(forgiven(each, known) for each in report.designs))


def _known(path: str | None) -> tuple[Known, ...]:
    if path is None:
        return ()
    from pathlib import Path

    from alma_safe.known import read_known
    from alma_safe.verifier.catalogue import rules

    return read_known(Path(path), rules=rules())


def _further(text: str) -> tuple[str, OutputFile]:
    """Read ``FORMAT=FILE``. Raises UsageError."""
    form, _, path = text.partition("=")
    if form not in NAMES or not path:
        raise UsageError(
            f"--write {visible(text, 200)}: not FORMAT=FILE", hint=f"formats: {', '.join(NAMES)}"
        )
    return form, OutputFile(path, "--write", dash=f"--format {form} writes it to standard output")


def _rendered(report: Report, form: str) -> str:
    from alma_safe.formats import by_name

    return by_name(form).render(report, color=False)


def _seed(options: argparse.Namespace) -> int:
    """The seed of what the properties try."""
    if not options.fresh_seeds:
        return int(options.seed or 0)
    if options.seed is not None:
        raise UsageError("--seed and --fresh-seeds exclude each other", hint="give one of them")
    return secrets.randbelow(MAX_SEED + 1)


def _judged(request: Request, designs: list[Design], sandbox: str) -> Report:
    from alma_safe.cli.run import judge
    from alma_safe.report import Report
    from alma_safe.sandbox.witness.record import environment

    try:
        backend = _backend(sandbox) if _GUEST_STAGES & set(request.stages) else None
        reports = judge(request, designs, backend)
    except BackendUnavailable as error:
        raise BackendUnavailable(error.message, hint=_advice(error.hint)) from error
    return Report(
        designs=reports,
        tool_version=__version__,
        environment=environment(backend.name) if backend is not None else None,
    )


def _backend(name: str) -> Backend:
    from alma_safe.sandbox.select import backend

    return backend(name)


def _guest_failed(report: Report) -> bool:
    """Whether a guest stage could not judge some design."""
    return any(
        stage.status.value == "error" and stage.name in _GUEST_STAGES
        for design in report.designs
        for stage in design.stages
    )


def _advice(hint: str) -> str:
    """What the doctor would say, then the ways to go on."""
    from alma_safe.cli.doctor import remedies

    lines = hint.splitlines()
    lines += [line for line in remedies() if line not in lines]
    lines.append("`alma-safe doctor` says what this host can enforce")
    lines.append("`--stages static,types` needs no sandbox")
    return "\n".join(lines)


def _deliver(report: Report, form: str, output: OutputFile | None) -> None:
    from alma_safe.formats import by_name

    renderer = by_name(form)
    if output is None:
        put(renderer.render(report, color=wants_color()))
        if report.nothing_due and form != "text":
            say(report.nothing_due)
        return
    output.write(renderer.render(report, color=False))
    from alma_safe.formats.text import summary

    say(f"{summary(report)}; report in {visible(output.path)}")
