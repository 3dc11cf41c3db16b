"""``alma-safe search``: better designs, found by themselves, none of them run unvetted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.cli.console import put, say
from alma_safe.cli.search_options import add_options
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.search.archive import Archive
    from alma_safe.search.budget import Budget
    from alma_safe.search.confirmation import Outcome
    from alma_safe.search.executors.base import Executor
    from alma_safe.search.proposers.base import Proposer
    from alma_safe.search.records import RunSettings
    from alma_safe.search.trees.client import Trees
    from alma_safe.search.watch import Watch

_BASELINES = ("trajectory_retrieval", "reasoning_bank", "dynamic_cheatsheet", "g_memory")
"""What ALMA compares with, as `designs/` has it."""


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

    folder, trees = Path(options.run_folder), Trees()
    if options.resume:
        with Archive.open(folder) as archive:
            proposer = _proposer(options, archive.settings, trees)
            return _searched(options, archive, proposer, trees)
    if options.domain is None:
        raise UsageError("--domain is missing", hint="or --resume a run that is there")
    settings, sources = _settings(options)
    # Whatever cannot be had is found out before there is a run.
    proposer = _proposer(options, settings, trees)
    with Archive.create(folder, settings, sources) as archive:
        return _searched(options, archive, proposer, trees)


def _searched(
    options: argparse.Namespace, archive: Archive, proposer: Proposer, trees: Trees
) -> int:
    from alma_safe.cli.live import watching
    from alma_safe.cli.run import until_signal
    from alma_safe.search.budget import Budget

    settings = archive.settings
    steps = options.steps if options.steps is not None else settings.steps
    budget = Budget(limits={**settings.budget, **_budget(options)})
    archive.event("resumed" if options.resume else "began", steps=steps)
    with watching(archive, steps) as watch:
        outcome = until_signal(
            _ran(options, archive, proposer, trees, watch, budget=budget, steps=steps)
        )
    if options.format == "json":
        import json

        put(json.dumps({"schema": "alma-safe/outcome/v1", **outcome.to_json()}, indent=2) + "\n")
    else:
        put(_told(outcome, options))
    return 0 if outcome.winner else 1


async def _ran(
    options: argparse.Namespace,
    archive: Archive,
    proposer: Proposer,
    trees: Trees,
    watch: Watch,
    *,
    budget: Budget,
    steps: int,
) -> Outcome:
    import asyncio

    from alma_safe.search.loop import Search

    executor = _executor(options, archive.settings)
    try:
        search = Search(archive, executor, proposer, trees, watch, budget=budget)
        return await search.run(steps)
    except asyncio.CancelledError:
        say("stopped; go on with --resume")
        raise
    finally:
        await proposer.aclose()
        await trees.aclose()
        await executor.aclose()


def _executor(options: argparse.Namespace, settings: RunSettings) -> Executor:
    if options.executor == "ray":
        from alma_safe.search.executors.ray import RayExecutor

        return RayExecutor(
            settings, address=options.address, workers=options.jobs, sandbox=options.sandbox
        )
    from alma_safe.search.workshop import Workshop

    return Workshop(settings, jobs=options.jobs, sandbox=options.sandbox)


def _settings(options: argparse.Namespace) -> tuple[RunSettings, list[bytes]]:
    """What is asked for, checked, and the sources that it needs."""
    from alma_safe import __version__
    from alma_safe.design import collect
    from alma_safe.domains.agents.choose import agent_of, model_for
    from alma_safe.domains.pack import find_pack
    from alma_safe.policy import load_policy
    from alma_safe.resources import resource_dir
    from alma_safe.search.budget import Budget
    from alma_safe.search.records import RunSettings

    policy = load_policy(options.policy)
    pack = find_pack(options.domain)
    pack.require()
    if options.task_set is not None and options.task_set not in pack.task_sets:
        raise UsageError(
            f"the domain {pack.name} has no task set {visible(options.task_set)}",
            hint=f"task sets: {', '.join(pack.task_sets)}",
        )
    agent = agent_of(
        options.agent, options.model, pack=pack, policy=policy, model=model_for(options.agent)
    )
    proposer = _proposer_name(options)
    shipped = resource_dir("designs")
    seeds = options.seeds
    if seeds is None:
        seeds = [str(shipped)] if proposer == "genetic" else []
    chosen = [each for each in collect(seeds) if each.digest] if seeds else []
    chosen = [each for each in chosen if Path(each.path).stem != "no_memory"]
    if proposer == "genetic" and not chosen:
        raise UsageError("the genetic proposer needs designs to begin with", hint="give --seeds")
    compared = []
    if options.agent == "scripted":
        compared = collect([str(shipped / f"{name}.py") for name in _BASELINES])
    replayed = ""
    if proposer == "replay":
        if not options.replay:
            raise UsageError("--proposer replay needs --replay DIR, the run to repeat")
        replayed = str(Path(options.replay).resolve())
    budget = _budget(options)
    Budget(limits=budget)
    settings = RunSettings(
        domain=pack.place,
        task_set=options.task_set or pack.task_sets[0],
        agent=options.agent,
        agent_version=agent.version,
        agent_model=options.model or "",
        proposer=proposer,
        meta_model=options.meta_model or "",
        replayed=replayed,
        sampler=options.sampler,
        steps=10 if options.steps is None else options.steps,
        parents=options.parents,
        repairs=options.repairs,
        seed=options.seed,
        rollout=options.rollout,
        train_size=options.train_size,
        tasks=options.tasks,
        repeats=options.repeats,
        max_steps=options.max_steps,
        seeds=tuple((Path(each.path).name, each.digest or "") for each in chosen),
        baselines=tuple((Path(each.path).name, each.digest or "") for each in compared),
        finalists=options.finalists,
        confirm=not options.no_confirmation,
        failure_memory=not options.no_failure_memory,
        early_stop=not options.faithful,
        policy=options.policy,
        policy_digest=policy.digest,
        domain_digest=pack.digest,
        tool_version=__version__,
        budget=budget,
    )
    return settings, [each.data for each in (*chosen, *compared)]


def _proposer_name(options: argparse.Namespace) -> str:
    import os

    if options.proposer is not None:
        return str(options.proposer)
    return "openai" if options.meta_model and os.environ.get("OPENAI_API_KEY") else "genetic"


def _proposer(options: argparse.Namespace, settings: RunSettings, trees: Trees) -> Proposer:
    if settings.proposer == "genetic":
        from alma_safe.search.proposers.genetic import GeneticProposer

        return GeneticProposer(trees)
    if settings.proposer == "replay":
        from alma_safe.search.archive import Reader
        from alma_safe.search.proposers.replay import ReplayProposer

        return ReplayProposer(Reader.read(Path(settings.replayed)))
    from alma_safe.domains.agents.choose import named
    from alma_safe.domains.pack import find_pack
    from alma_safe.policy import load_policy
    from alma_safe.sandbox.broker.endpoint import EndpointModel
    from alma_safe.search.proposers.meta import MetaAgent

    if not settings.meta_model:
        raise UsageError("--proposer openai needs --meta-model NAME or NAME/EFFORT")
    policy = load_policy(settings.policy)
    name, effort, price = named(settings.meta_model, policy)
    return MetaAgent(
        model=EndpointModel(base_url=options.base_url, timeout_s=900.0),
        model_name=name,
        effort=effort,
        price=price,
        pack=find_pack(settings.domain),
        policy=policy,
    )


def _budget(options: argparse.Namespace) -> dict[str, float]:
    asked = {
        "usd": options.max_usd,
        "tokens": options.max_tokens,
        "evaluations": options.max_evaluations,
        "hours": options.max_hours,
        "failures": options.max_failures,
    }
    return {key: value for key, value in asked.items() if value is not None}


def _told(outcome: Outcome, options: argparse.Namespace) -> str:
    from alma_safe.domains.statistics import ENOUGH

    if not outcome.winner:
        return "no design survived\n"
    lines = [f"winner: {outcome.winner}  {outcome.digest}"]
    scores = [("search", outcome.search), ("validation", outcome.validation)]
    scores.append(("held-out", outcome.confirmation))
    lines.append("scores: " + ", ".join(f"{k} {v:.3f}" for k, v in scores if v is not None))
    for each in outcome.against:
        bounds = f" [{each.low:+.3f}, {each.high:+.3f}]" if each.tasks >= ENOUGH else ""
        lines.append(
            f"against {each.other} ({each.score:.3f}): {each.mean:+.3f}{bounds}  {each.verdict}"
        )
    if outcome.stopped:
        lines.append(f"ended early: {outcome.stopped}")
    source = f"{options.run_folder}/designs/{outcome.digest.removeprefix('sha256:')}.py"
    lines.append(f"its source: {visible(source, 400)}")
    lines.append(f"report: alma-safe report {visible(options.run_folder, 400)} --output FILE.html")
    return "\n".join(lines) + "\n"
