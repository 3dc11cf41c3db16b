"""Progress bars on stderr, on a terminal only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from alma_safe.text import visible

type Advance = Callable[[str], None]
"""Told after each design, with its path."""


@contextlib.contextmanager
def progress(total: int) -> Iterator[Advance]:
    """Show how many of ``total`` designs are done while the body runs."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda path: None
        return
    # Costs more to import than a whole --help: only where somebody looks.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TimeElapsedColumn,
    )
    from rich.text import Text

    class Path(ProgressColumn):
        """The design that was done last; never read as markup."""

        def render(self, task: Task) -> Text:
            return Text(task.fields["path"], overflow="ellipsis", no_wrap=True)

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), Path())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("verifying", total=total, path="")
        yield lambda path: bar.update(task, advance=1, path=visible(path, 60))


@contextlib.contextmanager
def phase(name: str, total: int) -> Iterator[Callable[[], None]]:
    """Show how many of the ``total`` parts of a phase are done; told after each."""
    if total == 0:
        yield lambda: None
        return
    with progress(total) as advance:
        yield lambda: advance(name)
