"""``alma-safe search``: better designs, found by themselves, none of them run unvetted."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.cli.console import put, say
from alma_safe.cli.search_asked import budget, going_on, settings
from alma_safe.cli.search_options import add_options
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from alma_safe.search.archive import Archive
    from alma_safe.search.confirmation import Outcome
    from alma_safe.search.executors.base import Executor
    from alma_safe.search.proposers.base import Proposer
    from alma_safe.search.records import RunSettings
    from alma_safe.search.trees.client import Trees


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "search",
        help="evolve designs on a domain",
        description="Search for memory designs: propose, judge, repair, evaluate, archive; then "
        "confirm the winner on held-out tasks.",
        epilog="exit codes: 0 searched, 1 no design survived, 2 usage error, 3 infrastructure",
        allow_abbrev=False,
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Search, confirm, tell. Returns the exit code."""
    from alma_safe.search.archive import Archive
    from alma_safe.search.trees.client import Trees

    if not options.run_folder:
        raise UsageError("--run is empty", hint="give --run the folder of the run")
    folder, trees = Path(options.run_folder), Trees()
    if options.resume:
        with Archive.open(folder) as archive:
            asked = going_on(options, archive.settings)
            proposer = _proposer(options, asked, trees, answered=bool(archive.calls()))
            return _searched(options, asked, lambda: archive, proposer, trees)
    asked, sources = settings(options)
    proposer = _proposer(options, asked, trees)
    return _searched(
        options, asked, lambda: Archive.create(folder, asked, sources), proposer, trees
    )


def _searched(
    options: argparse.Namespace,
    asked: RunSettings,
    opened: Callable[[], Archive],
    proposer: Proposer,
    trees: Trees,
) -> int:
    from alma_safe.cli.run import until_signal

    outcome = until_signal(_ran(options, asked, opened, proposer, trees))
    if options.format == "json":
        import json

        put(json.dumps({"schema": "alma-safe/outcome/v1", **outcome.to_json()}, indent=2) + "\n")
    else:
        put(_told(outcome, options))
    return 0 if outcome.winner else 1


async def _ran(
    options: argparse.Namespace,
    asked: RunSettings,
    opened: Callable[[], Archive],
    proposer: Proposer,
    trees: Trees,
) -> Outcome:
    import asyncio
    from contextlib import AsyncExitStack

    from alma_safe.cli.live import watching
    from alma_safe.search.budget import Budget
    from alma_safe.search.loop import Search
    from alma_safe.search.records import Purpose

    steps = options.steps if options.steps is not None else asked.steps
    limits = Budget(limits={**asked.budget, **budget(options)})
    async with AsyncExitStack() as closing:
        closing.push_async_callback(trees.aclose)
        closing.push_async_callback(proposer.aclose)
        # Whatever cannot be had, a cluster say, is found out before there is a run.
        executor = _executor(options, asked)
        closing.push_async_callback(executor.aclose)
        # So are tasks: a folder with a run would keep the same command from being corrected.
        for purpose in (Purpose.SEARCH, *([Purpose.CONFIRMATION] if asked.confirm else [])):
            await executor.sizes(purpose)
        with opened() as archive:
            model = f", model {visible(asked.meta_model, 80)}" if asked.meta_model else ""
            say(f"proposer: {asked.proposer}{model}")
            archive.event("resumed" if options.resume else "began", steps=steps)
            try:
                with watching(archive, steps) as watch:
                    search = Search(archive, executor, proposer, trees, watch, budget=limits)
                    return await search.run(steps)
            except asyncio.CancelledError:
                say("stopped; go on with --resume")
                raise
    raise AssertionError("the stack swallows nothing")


def _executor(options: argparse.Namespace, asked: RunSettings) -> Executor:
    if options.executor == "ray":
        from alma_safe.search.executors.ray import RayExecutor

        return RayExecutor(
            asked,
            address=options.address,
            workers=options.jobs,
            sandbox=options.sandbox,
            base_url=options.base_url,
        )
    from alma_safe.search.workshop import Workshop

    return Workshop(asked, jobs=options.jobs, sandbox=options.sandbox, base_url=options.base_url)


def _proposer(
    options: argparse.Namespace, asked: RunSettings, trees: Trees, *, answered: bool = False
) -> Proposer:
    if asked.proposer == "genetic":
        from alma_safe.search.proposers.genetic import GeneticProposer

        return GeneticProposer(trees)
    if asked.proposer == "replay":
        from alma_safe.search.archive import Reader
        from alma_safe.search.proposers.replay import ReplayProposer

        return ReplayProposer(Reader.read(Path(asked.replayed)))
    from alma_safe.domains.agents.choose import named
    from alma_safe.domains.pack import find_pack
    from alma_safe.policy import load_policy
    from alma_safe.sandbox.broker.endpoint import EndpointModel
    from alma_safe.search.proposers.meta import MetaAgent

    if not asked.meta_model:
        raise UsageError("--proposer openai needs --meta-model NAME or NAME/EFFORT")
    policy = load_policy(asked.policy)
    name, effort, price = named(asked.meta_model, policy)
    return MetaAgent(
        model=EndpointModel(base_url=options.base_url, timeout_s=900.0),
        model_name=name,
        effort=effort,
        price=price,
        pack=find_pack(asked.domain),
        policy=policy,
        answered=answered,
    )


def _told(outcome: Outcome, options: argparse.Namespace) -> str:
    from alma_safe.domains.statistics import ENOUGH

    if not outcome.winner:
        early = f"ended early: {outcome.stopped}\n" if outcome.stopped else ""
        return f"no design survived\n{early}"
    lines = [f"winner: {outcome.winner}  {outcome.digest}"]
    scores = [("search", outcome.search), ("validation", outcome.validation)]
    scores.append(("held-out", outcome.confirmation))
    lines.append("scores: " + ", ".join(f"{k} {v:.3f}" for k, v in scores if v is not None))
    for each in outcome.against:
        bounds = f" [{each.low:+.3f}, {each.high:+.3f}]" if each.tasks >= ENOUGH else ""
        lines.append(
            f"against {each.other} ({each.score:.3f}): {each.mean:+.3f}{bounds}  {each.verdict}"
        )
    if outcome.unconfirmed:
        lines.append(f"not confirmed: {visible(outcome.unconfirmed, 400)}")
    if outcome.stopped:
        lines.append(f"ended early: {outcome.stopped}")
    source = f"{options.run_folder}/designs/{outcome.digest.removeprefix('sha256:')}.py"
    lines.append(f"its source: {visible(source, 400)}")
    folder = shlex.quote(visible(options.run_folder, 400))
    lines.append(f"report: alma-safe report {folder} --output FILE.html")
    return "\n".join(lines) + "\n"
