"""``alma-safe evaluate``: how good designs are, once the gate has let them through."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from alma_safe.cli.console import document, put, say
from alma_safe.cli.options import at_least, named, seed
from alma_safe.cli.output import OutputFile, require_spared
from alma_safe.cores import cores
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.design import Design
    from alma_safe.domains.evaluation import Evaluation
    from alma_safe.domains.study import Study
    from alma_safe.policy import Policy

_MAX = 100_000
_VARIED = ("domain", "split", "task_set", "rollout", "agent", "model")
"""What ``--also`` may change."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "evaluate",
        help="play a domain with designs and score them",
        description="Judge designs, then play a domain with them: collect without memory, let "
        "each design learn, deploy it, and compare it with no memory.",
        epilog="exit codes: 0 evaluated, 1 rejected or failed on the way, 2 usage error, "
        "3 infrastructure",
        allow_abbrev=False,
    )
    parser.add_argument("designs", nargs="+", metavar="DESIGN", help="a design, a folder, a glob")
    parser.add_argument(
        "--compare", nargs="+", default=[], metavar="DESIGN", help="further designs, side by side"
    )
    parser.add_argument(
        "--against",
        metavar="DESIGN",
        help="compare each design with this one as well, on the same tasks",
    )
    parser.add_argument(
        "--domain",
        required=True,
        type=named("a domain"),
        help="a shipped domain, or the path of a folder with a pack.toml",
    )
    parser.add_argument(
        "--agent",
        choices=("scripted", "llm"),
        default="scripted",
        help="who acts: the scripted agent, or a model of OPENAI_BASE_URL (default: scripted)",
    )
    parser.add_argument(
        "--model", metavar="NAME[/EFFORT]", help="of the agent llm; must be in the price table"
    )
    parser.add_argument(
        "--base-url",
        metavar="URL",
        help="of the endpoint of the agent llm and of what designs ask (default: OPENAI_BASE_URL)",
    )
    parser.add_argument(
        "--fresh-answers", action="store_true", help="ask the model again for what it has answered"
    )
    parser.add_argument(
        "--rollout",
        choices=("batched", "sequential"),
        default="batched",
        help="one frozen memory, or one for each repeat that goes on learning (default: batched)",
    )
    parser.add_argument(
        "--split", choices=("train", "in", "out"), default="in", help="tasks (default: in)"
    )
    parser.add_argument("--task-set", metavar="NAME", help="a set of tasks of the domain")
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="another split, domain, agent or model as well, in one table; repeatable",
    )
    number = at_least(0, _MAX)
    parser.add_argument(
        "--train-size",
        type=number,
        default=30,
        metavar="N",
        help="episodes to collect (default: 30)",
    )
    parser.add_argument(
        "--tasks", type=at_least(1, _MAX), metavar="N", help="tasks to deploy on (default: all)"
    )
    parser.add_argument(
        "--repeats", type=at_least(1, 100), default=3, metavar="N", help="of each task (default: 3)"
    )
    parser.add_argument(
        "--max-steps",
        type=at_least(1, _MAX),
        metavar="N",
        help="of an episode (default: the domain's)",
    )
    parser.add_argument(
        "--seed", type=seed, default=42, metavar="N", help="of all chance (default: 42)"
    )
    parser.add_argument(
        "--update-sizes", metavar="A,B", help="a learning curve over sizes of the collection"
    )
    parser.add_argument(
        "--jobs", type=at_least(1, 64), metavar="N", help="processes (default: one for each core)"
    )
    parser.add_argument(
        "--policy", type=named("a policy"), default="strict", help="a policy (default: strict)"
    )
    parser.add_argument(
        "--sandbox",
        choices=("auto", "nsjail", "docker"),
        default="auto",
        help="what runs guests (default: auto)",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to tell (default: text)"
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write the JSON to FILE, whole or not, besides"
    )
    parser.add_argument(
        "--plot", metavar="FILE", help="draw differences and curves into a .svg or .png file"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge, evaluate, tell. Returns the exit code."""
    output = None
    if options.output is not None:
        dash = "--format json writes it to standard output"
        output = OutputFile(options.output, dash=dash)
    plot, form = _plot(options.plot)

    from alma_safe.design import collect
    from alma_safe.policy import load_policy

    policy = load_policy(options.policy)
    asked = [options, *(_varied(options, changes) for changes in options.also)]
    if plot is not None and options.also:
        raise UsageError("--plot and --also exclude each other", hint="draw one evaluation")
    if options.base_url is not None and all(each.agent != "llm" for each in asked):
        raise UsageError("--base-url is for --agent llm", hint="leave it out, or give --agent llm")
    studies = [_study(each, policy) for each in asked]
    designs = collect([*options.designs, *options.compare])
    rival = _rival(options.against)
    judged = designs if rival is None else [*designs, rival]
    for each in asked:
        require_spared([output, plot], each, judged)
    for name in dict.fromkeys(study.pack.place for study in studies):
        if (code := _rejected(judged, policy, name, options)) is not None:
            return code

    from alma_safe.cli.run import until_signal
    from alma_safe.domains.evaluation import transferred
    from alma_safe.domains.table import rendered, side_by_side

    found = until_signal(_evaluated(studies, designs, rival))
    whole = found[0].to_json() if len(found) == 1 else transferred(found)
    text = document(whole)
    if options.format == "json":
        put(text)
    else:
        put(rendered(found[0]) if len(found) == 1 else side_by_side(found))
    if output is not None:
        output.write(text)
    if plot is not None:
        from alma_safe.domains.plot import drawn

        plot.write(drawn(found[0], form))
    codes = {each.exit_code for each in found}
    code = next((code for code in (1, 3) if code in codes), 0)
    if code == 3 and (hint := getattr(studies[0].model, "hint", "")):
        say(f"hint: {hint}")
    return code


def _rival(path: str | None) -> Design | None:
    """The design that the others are compared with. Raises UsageError for several."""
    if path is None:
        return None

    from alma_safe.design import collect

    found = collect([path])
    if len(found) != 1:
        raise UsageError(f"--against takes one design, found {len(found)}: {visible(path)}")
    return found[0]


def _varied(options: argparse.Namespace, changes: str) -> argparse.Namespace:
    """The same request with some of it changed: ``split=out,domain=babaisai``."""
    varied = argparse.Namespace(**vars(options))
    for change in changes.split(","):
        key, _, value = change.partition("=")
        name = key.strip().replace("-", "_")
        if name not in _VARIED or not value:
            raise UsageError(
                f"--also {visible(changes)}: cannot be read",
                hint=f"KEY=VALUE, several with commas; keys: {', '.join(_VARIED)}",
            )
        if name == "domain":
            varied.task_set = None  # another domain has other sets
        setattr(varied, name, value.strip())
    return varied


def _study(options: argparse.Namespace, policy: Policy) -> Study:
    """What one request asks for. Raises UsageError for what there is not."""
    from alma_safe.domains.agents.choose import agent_of, model_for
    from alma_safe.domains.pack import find_pack
    from alma_safe.domains.settings import Mode, Settings
    from alma_safe.domains.study import Study
    from alma_safe.sandbox.select import backend

    pack = find_pack(options.domain)
    pack.require()
    if options.task_set is not None and options.task_set not in pack.task_sets:
        raise UsageError(
            f"the domain {pack.name} has no task set {visible(options.task_set)}",
            hint=f"task sets: {', '.join(pack.task_sets)}",
        )
    if options.rollout not in tuple(Mode):
        raise UsageError(
            f"unknown rollout {visible(options.rollout)}", hint=f"rollouts: {', '.join(Mode)}"
        )
    model = model_for(options.agent, options.base_url if options.agent == "llm" else None)
    return Study(
        pack=pack,
        agent=agent_of(
            options.agent,
            options.model,
            pack=pack,
            policy=policy,
            model=model,
            fresh_answers=options.fresh_answers,
        ),
        settings=Settings(
            split=options.split,
            task_set=options.task_set or "",
            mode=Mode(options.rollout),
            repeats=options.repeats,
            train_size=options.train_size,
            tasks=options.tasks,
            max_steps=options.max_steps,
            seed=options.seed,
        ),
        policy=policy,
        backend=backend(options.sandbox),
        model=model,
        jobs=options.jobs or cores(),
        update_sizes=_sizes(options.update_sizes, options.train_size),
    )


async def _evaluated(
    studies: list[Study], designs: list[Design], rival: Design | None
) -> list[Evaluation]:
    from alma_safe.cli.progress import phase

    found = []
    try:
        for study in studies:
            found.append(await study.evaluate(designs, phase, rival))
    finally:
        for study in studies:
            await study.backend.aclose()
            await study.model.aclose()
    return found


def _rejected(
    designs: list[Design], policy: Policy, domain: str, options: argparse.Namespace
) -> int | None:
    """Judge designs with a domain's recorders; tell, and return the code where one fails."""
    from alma_safe import __version__
    from alma_safe.cli.options import STAGE_NAMES
    from alma_safe.cli.run import Request, judge
    from alma_safe.formats import by_name
    from alma_safe.report import Report
    from alma_safe.sandbox.select import backend

    request = Request(
        policy=policy,
        stages=STAGE_NAMES,
        domain=domain,
        jobs=options.jobs,
    )
    report = Report(
        designs=judge(request, designs, backend(options.sandbox)), tool_version=__version__
    )
    if report.exit_code == 0:
        return None
    put(by_name(options.format).render(report, color=False))
    say("not evaluated: the gate did not accept every design")
    return report.exit_code


def _plot(path: str | None) -> tuple[OutputFile | None, str]:
    """The file of a picture and its format, checked before any work is done for it."""
    if path is None:
        return None, ""

    from alma_safe.domains.plot import FORMATS, require

    form = path.rpartition(".")[2].lower()
    if form not in FORMATS:
        raise UsageError(
            f"--plot {visible(path)}: not a picture", hint=f"endings: {', '.join(FORMATS)}"
        )
    require()
    return OutputFile(path, "--plot"), form


def _sizes(text: str | None, most: int) -> tuple[int, ...]:
    if text is None:
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        raise UsageError(
            f"--update-sizes takes whole numbers, found {visible(text, 80)}",
            hint="for example --update-sizes 0,5,15,30",
        )
    found = tuple(map(int, parts))
    if max(found) > most:
        raise UsageError(
            f"--update-sizes {max(found)} is more than the {most} episodes of --train-size",
            hint="collect more with --train-size, or ask for smaller sizes",
        )
    return found
