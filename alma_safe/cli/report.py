"""``alma-safe report``: a run as one HTML file."""

from __future__ import annotations

import argparse
from pathlib import Path

from alma_safe.cli.console import put, say
from alma_safe.cli.output import OutputFile, require_spared
from alma_safe.text import visible


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "report",
        help="show a run as one HTML file",
        description="Write what a run has found, while it goes or afterwards, as one HTML file "
        "that loads nothing and runs nothing.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="RUN", help="the folder of a run")
    parser.add_argument(
        "--output", metavar="FILE", help="write it to FILE, whole or not (default: standard output)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read the archive, write the page."""
    output = OutputFile(options.output) if options.output is not None else None
    from alma_safe.search.archive import looked_at
    from alma_safe.search.report.page import rendered

    with looked_at(Path(options.folder)) as archive:
        require_spared([output], options)
        page = rendered(archive)
    if output is None:
        put(page)
    else:
        output.write(page)
        say(f"written: {visible(options.output, 400)}")
    return 0
