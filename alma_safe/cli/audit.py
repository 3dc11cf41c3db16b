"""``alma-safe audit``: whether a design may be deployed, for whoever has to decide it."""

from __future__ import annotations

import argparse
import secrets

from alma_safe.cli.console import document, put, say
from alma_safe.cli.options import MAX_SEED, named, one_design, seed
from alma_safe.cli.output import OutputFile, require_spared
from alma_safe.text import visible


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "audit",
        help="judge, read and observe one design",
        description="Judge a design with fresh seeds, say what it can do, what it did when it was "
        "run, what changed since another version, and what is left to decide.",
        epilog="exit codes: 0 accepted, 1 rejected, 2 usage or policy error, 3 infrastructure",
        allow_abbrev=False,
    )
    parser.add_argument("design", metavar="DESIGN", help="the file of one design")
    parser.add_argument("--against", metavar="DESIGN", help="an earlier version, or its parent")
    parser.add_argument(
        "--policy", type=named("a policy"), default="strict", help="a policy (default: strict)"
    )
    parser.add_argument(
        "--domain", type=named("a domain"), help="judge and run with the recorders of one domain"
    )
    parser.add_argument(
        "--seed",
        type=seed,
        metavar="N",
        help="of what the properties try (default: a fresh one)",
    )
    parser.add_argument(
        "--sandbox",
        choices=("auto", "nsjail", "docker"),
        default="auto",
        help="what runs guests (default: auto)",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "html"),
        default="text",
        help="how to tell (default: text)",
    )
    parser.add_argument("--output", metavar="FILE", help="write it to FILE, whole or not")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Audit, tell. Returns the exit code."""
    output = OutputFile(options.output) if options.output is not None else None

    from alma_safe.audit import page
    from alma_safe.audit.audit import audited
    from alma_safe.cli.run import until_signal
    from alma_safe.policy import load_policy
    from alma_safe.sandbox.select import backend

    policy = load_policy(options.policy)
    design = one_design(options.design)
    against = one_design(options.against) if options.against is not None else None
    require_spared([output], options)
    drawn = options.seed if options.seed is not None else secrets.randbelow(MAX_SEED + 1)
    found = until_signal(
        audited(
            design,
            policy,
            backend(options.sandbox),
            domain=options.domain,
            seed=drawn,
            against=against,
        )
    )
    if options.format == "json":
        text = document(found.to_json())
    else:
        text = page.html(found) if options.format == "html" else page.text(found)
    if output is not None:
        output.write(text)
        say(f"{found.report.verdict.value}; audit in {visible(output.path)}")
    else:
        put(text)
    return found.exit_code
