"""What ``alma-safe search`` can be asked for."""

from __future__ import annotations

import argparse
from typing import Any

from alma_safe.cli.options import at_least, named, seed
from alma_safe.text import visible

_MAX = 1_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add all options, in groups. Which ones were given is in ``given`` of the namespace."""
    parser.register("action", None, _Noted)
    number = at_least(0, _MAX)
    parser.add_argument(
        "--run", dest="run_folder", required=True, metavar="DIR", help="the folder of the run"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run that is there")
    parser.add_argument(
        "--domain",
        type=named("a domain"),
        help="a shipped domain, or the path of a folder with one",
    )
    parser.add_argument(
        "--steps", type=number, metavar="N", help="steps after the first (default: 10)"
    )
    parser.add_argument(
        "--seed",
        type=seed,
        default=42,
        metavar="N",
        help="of all chance in the run (default: 42)",
    )
    _proposing(parser)
    _playing(parser)
    _budgets(parser)
    _where(parser)


def _proposing(parser: argparse.ArgumentParser) -> None:
    """Who writes designs."""
    number = at_least(0, _MAX)
    some = at_least(1, _MAX)
    how = parser.add_argument_group("who proposes")
    how.add_argument(
        "--proposer",
        choices=("openai", "genetic", "replay"),
        help="a model, recombination without a key, or the record of a run (default: openai "
        "where OPENAI_API_KEY is set and --meta-model given, else genetic)",
    )
    how.add_argument(
        "--meta-model",
        metavar="NAME[/EFFORT]",
        help="of the proposer openai; without an answer the run ends, to go on with --resume, "
        "after 6 times 15 minutes at most",
    )
    how.add_argument("--replay", metavar="DIR", help="the run that the proposer replay repeats")
    how.add_argument(
        "--seeds", nargs="*", metavar="DESIGN", help="what to begin with (genetic: designs/)"
    )
    how.add_argument(
        "--sampler",
        choices=("alma", "greedy", "scaled", "dgm", "quality-diversity"),
        default="alma",
        help="how parents are chosen (default: alma, with the constants of the paper)",
    )
    how.add_argument(
        "--parents", type=some, default=5, metavar="N", help="parents of a step (default: 5)"
    )
    how.add_argument(
        "--repairs",
        type=number,
        default=3,
        metavar="N",
        help="repairs of a design, at most (default: 3)",
    )
    how.add_argument(
        "--no-failure-memory", action="store_true", help="do not tell what was refused before"
    )


def _playing(parser: argparse.ArgumentParser) -> None:
    """What they are played on."""
    number = at_least(0, _MAX)
    some = at_least(1, _MAX)
    what = parser.add_argument_group("what is played")
    what.add_argument(
        "--agent",
        choices=("scripted", "llm"),
        default="scripted",
        help="who acts; where a model gives no answer for 5 minutes, 3 times, the run ends, to go "
        "on with --resume (default: scripted)",
    )
    what.add_argument("--model", metavar="NAME[/EFFORT]", help="of the agent llm")
    what.add_argument(
        "--base-url",
        metavar="URL",
        help="of the endpoint of all models: of the proposer openai, of the agent llm and of what "
        "designs ask (default: OPENAI_BASE_URL)",
    )
    what.add_argument(
        "--rollout",
        choices=("batched", "sequential"),
        default="batched",
        help="one frozen memory, or one for each repeat that goes on learning (default: batched)",
    )
    what.add_argument("--task-set", metavar="NAME", help="a set of tasks of the domain")
    what.add_argument(
        "--train-size",
        type=number,
        default=30,
        metavar="N",
        help="episodes to collect (default: 30)",
    )
    what.add_argument("--tasks", type=some, metavar="N", help="tasks that steer (default: all)")
    what.add_argument(
        "--repeats", type=at_least(1, 100), default=3, metavar="N", help="of each task (default: 3)"
    )
    what.add_argument(
        "--max-steps", type=some, metavar="N", help="of an episode (default: the domain's)"
    )
    what.add_argument(
        "--finalists",
        type=some,
        default=3,
        metavar="N",
        help="designs that are played once more in the end (default: 3)",
    )
    what.add_argument(
        "--no-confirmation", action="store_true", help="leave out the held-out tasks in the end"
    )
    what.add_argument(
        "--faithful",
        action="store_true",
        help="ALMA's protocol: no early stop of what is surely worse than no memory",
    )


def _budgets(parser: argparse.ArgumentParser) -> None:
    """What it may take."""
    some = at_least(1, _MAX)
    budget = parser.add_argument_group(
        "what it may take; it is asked between steps: designs that were begun are finished"
    )
    everything = (
        "of everything: meta agent, designs and agent, collection, no memory, lost episodes"
    )
    budget.add_argument(
        "--max-usd",
        type=_amount,
        metavar="USD",
        help=f"{everything}. A confirmation that does not fit is left out; --resume --steps N, "
        "N the steps that are done, with more makes up for it",
    )
    budget.add_argument("--max-tokens", type=_amount, metavar="N", help="of the same, as --max-usd")
    budget.add_argument(
        "--max-evaluations", type=some, metavar="N", help="designs played, seeds included"
    )
    budget.add_argument(
        "--max-hours",
        type=_amount,
        metavar="H",
        help="of work on the run, what was before --resume included; a step that was begun is "
        "finished, and the confirmation comes after it",
    )
    budget.add_argument(
        "--max-failures",
        type=some,
        metavar="N",
        help="candidates in a row that come to nothing (default: 20)",
    )


def _where(parser: argparse.ArgumentParser) -> None:
    """Where it runs, and how it tells."""
    where = parser.add_argument_group("where")
    where.add_argument(
        "--executor",
        choices=("local", "ray"),
        default="local",
        help="processes here, or a Ray cluster (default: local)",
    )
    where.add_argument("--address", metavar="ADDRESS", help="of the Ray cluster (default: here)")
    where.add_argument(
        "--jobs", type=at_least(1, 64), metavar="N", help="processes (default: one for each core)"
    )
    where.add_argument(
        "--policy", type=named("a policy"), default="strict", help="a policy (default: strict)"
    )
    where.add_argument(
        "--sandbox",
        choices=("auto", "nsjail", "docker"),
        default="auto",
        help="what runs guests (default: auto)",
    )
    where.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to tell (default: text)"
    )


class _Noted(argparse.Action):
    """Store a value, and that it was given: a default may be what was asked for."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, values)
        namespace.given = {*getattr(namespace, "given", ()), self.dest}


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < 1e12:
        raise argparse.ArgumentTypeError(f"expected an amount above 0, found {visible(text, 40)}")
    return value
