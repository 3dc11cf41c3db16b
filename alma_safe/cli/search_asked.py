"""What ``alma-safe search`` is asked for, checked: of a new run, and of one that goes on."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.cli.console import say
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alma_safe.design import Design
    from alma_safe.search.records import RunSettings

_BASELINES = ("trajectory_retrieval", "reasoning_bank", "dynamic_cheatsheet", "g_memory")
"""What ALMA compares with, as `designs/` has it."""

_FIXED = {
    "task_set": "task_set",
    "agent": "agent",
    "model": "agent_model",
    "proposer": "proposer",
    "meta_model": "meta_model",
    "sampler": "sampler",
    "parents": "parents",
    "repairs": "repairs",
    "seed": "seed",
    "rollout": "rollout",
    "train_size": "train_size",
    "tasks": "tasks",
    "repeats": "repeats",
    "max_steps": "max_steps",
    "finalists": "finalists",
}
"""Options that a run keeps, and what they are called in its settings."""


def settings(options: argparse.Namespace) -> tuple[RunSettings, list[bytes]]:
    """What a new run is asked for, and the sources that it needs."""
    from alma_safe import __version__
    from alma_safe.design import collect
    from alma_safe.domains.agents.choose import agent_of, model_for
    from alma_safe.domains.pack import find_pack
    from alma_safe.policy import load_policy
    from alma_safe.resources import resource_dir
    from alma_safe.search.budget import Budget
    from alma_safe.search.records import RunSettings

    if options.domain is None:
        raise UsageError("--domain is missing", hint="or --resume a run that is there")
    proposer = _proposer_name(options)
    check(options, proposer, options.agent)
    policy = load_policy(options.policy)
    pack = find_pack(options.domain)
    pack.require()
    if options.task_set is not None and options.task_set not in pack.task_sets:
        raise UsageError(
            f"the domain {pack.name} has no task set {visible(options.task_set)}",
            hint=f"task sets: {', '.join(pack.task_sets)}",
        )
    model = model_for(options.agent, options.base_url)
    agent = agent_of(options.agent, options.model, pack=pack, policy=policy, model=model)
    chosen = _seeds(options, proposer)
    compared = []
    if options.agent == "scripted":
        shipped = resource_dir("designs")
        compared = collect([str(shipped / f"{name}.py") for name in _BASELINES])
    if proposer == "replay" and not options.replay:
        raise UsageError("--proposer replay needs --replay DIR, the run to repeat")
    limits = budget(options)
    Budget(limits=limits)
    asked = RunSettings(
        domain=pack.place,
        task_set=options.task_set or pack.task_sets[0],
        agent=options.agent,
        agent_version=agent.version,
        agent_model=options.model or "",
        proposer=proposer,
        meta_model=options.meta_model or "",
        replayed=_resolved(options.replay) if proposer == "replay" else "",
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
        policy=_policy(options.policy),
        policy_digest=policy.digest,
        domain_digest=pack.digest,
        tool_version=__version__,
        budget=limits,
    )
    return asked, [each.data for each in (*chosen, *compared)]


def check(options: argparse.Namespace, proposer: str, agent: str) -> None:
    """Raise UsageError for options that nothing would come of."""
    no_model = proposer != "openai" and agent != "llm"
    useless = (
        ("--meta-model", options.meta_model, proposer != "openai", "--proposer openai"),
        ("--base-url", options.base_url, no_model, "--proposer openai or --agent llm"),
        ("--replay", options.replay, proposer != "replay", "--proposer replay"),
        ("--address", options.address, options.executor != "ray", "--executor ray"),
    )
    for option, value, unused, needed in useless:
        if value is not None and unused:
            raise UsageError(
                f"{option} is for {needed}",
                hint=f"leave it out, or give {needed}; the proposer is {proposer}"
                if "proposer" in needed
                else f"leave it out, or give {needed}",
            )


def going_on(options: argparse.Namespace, kept: RunSettings) -> RunSettings:
    """What a run goes on with. Raises UsageError for options that contradict it.

    What only says how far, where and how it goes on may change: steps, budgets, processes,
    the sandbox, the executor and the address of an endpoint.
    """
    from dataclasses import replace

    for option, was in _contradictions(options, kept):
        told = f", which is {visible(was, 200)}" if was else ""
        raise UsageError(
            f"{option} is not what this run was begun with{told}",
            hint="leave it out to go on with the run, or begin another one with another --run",
        )
    check(options, kept.proposer, kept.agent)
    # The same policy may lie elsewhere by now.
    moved = "policy" in getattr(options, "given", ())
    return replace(kept, policy=_policy(options.policy)) if moved else kept


def _contradictions(options: argparse.Namespace, kept: RunSettings) -> Iterator[tuple[str, str]]:
    """Options that say something else than the run does, and what it says."""
    given: set[str] = getattr(options, "given", set())
    for name, field in _FIXED.items():
        asked, was = getattr(options, name), getattr(kept, field)
        if name in given and asked != was:
            option = f"--{name.replace('_', '-')}"
            yield f"{option} {visible(str(asked), 100)}", str("" if was is None else was)
    if "domain" in given:
        from alma_safe.domains.pack import find_pack

        if find_pack(options.domain).place != kept.domain:
            yield f"--domain {visible(options.domain, 100)}", kept.domain
    if "policy" in given:
        from alma_safe.policy import load_policy

        if load_policy(options.policy).digest != kept.policy_digest:
            yield f"--policy {visible(options.policy, 100)}", kept.policy
    if options.replay is not None and _resolved(options.replay) != kept.replayed:
        yield f"--replay {visible(options.replay, 100)}", kept.replayed
    if options.seeds is not None:
        digests = [each.digest for each in _seeds(options, kept.proposer)]
        if digests != [digest for _, digest in kept.seeds]:
            yield "--seeds", ", ".join(name for name, _ in kept.seeds)
    for flag, contradicted in (
        ("no_confirmation", kept.confirm),
        ("no_failure_memory", kept.failure_memory),
        ("faithful", kept.early_stop),
    ):
        if getattr(options, flag) and contradicted:
            yield f"--{flag.replace('_', '-')}", ""


def _proposer_name(options: argparse.Namespace) -> str:
    if options.proposer is not None:
        return str(options.proposer)
    if options.meta_model is None:
        return "genetic"
    if not os.environ.get("OPENAI_API_KEY"):
        raise UsageError(
            "--meta-model needs a key for the model endpoint",
            hint="set OPENAI_API_KEY (any text for a server that asks for none), or leave "
            "--meta-model out: the proposer genetic asks no model",
        )
    return "openai"


def _seeds(options: argparse.Namespace, proposer: str) -> Sequence[Design]:
    """The designs to begin with; which ones are left out is said."""
    from alma_safe.design import MAX_BYTES, collect
    from alma_safe.resources import resource_dir

    seeds = options.seeds
    if seeds is None:
        seeds = [str(resource_dir("designs"))] if proposer == "genetic" else []
    chosen, left_out = [], []
    for each in collect(seeds) if seeds else ():
        if not each.digest:
            why = f"larger than {MAX_BYTES // 1024} KiB"
        elif Path(each.path).stem == "no_memory":
            why = "no memory is what every design is compared with"
        else:
            chosen.append(each)
            continue
        left_out.append(f"{visible(each.path, 200)}: {why}")
    if options.seeds and not chosen:
        raise UsageError("none of --seeds can be begun with", hint="\n".join(left_out[:10]))
    if proposer == "genetic" and not chosen:
        raise UsageError("the genetic proposer needs designs to begin with", hint="give --seeds")
    if options.seeds:
        for line in left_out:
            say(f"left out of the seeds: {line}")
    return chosen


def budget(options: argparse.Namespace) -> dict[str, float]:
    """What was said that it may take."""
    asked = {
        "usd": options.max_usd,
        "tokens": options.max_tokens,
        "evaluations": options.max_evaluations,
        "hours": options.max_hours,
        "failures": options.max_failures,
    }
    return {key: value for key, value in asked.items() if value is not None}


def _policy(name: str) -> str:
    """What finds a policy from wherever a run goes on: the name of a shipped one, or a path."""
    return name if name.isidentifier() else _resolved(name)


def _resolved(path: str) -> str:
    # Unlike Path.resolve this has an answer for loops of links and for names that are too long.
    return os.path.realpath(path)
