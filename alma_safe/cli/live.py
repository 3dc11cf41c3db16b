"""How a search is shown while it goes: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alma_safe.cli.console import say
from alma_safe.search.records import Candidate, State
from alma_safe.search.watch import Advance, Watch
from alma_safe.text import counted, visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from alma_safe.search.archive import Archive


@contextlib.contextmanager
def watching(archive: Archive, steps: int) -> Iterator[Watch]:
    """Show a run while the body runs."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.live import Live

    view = View(archive, steps)
    with Live(
        get_renderable=view.rendered,
        console=Console(stderr=True),
        refresh_per_second=4,
        transient=True,
    ):
        yield view


def told(candidate: Candidate) -> str:
    """One line about a candidate that has ended."""
    score = "" if candidate.score is None else f" {candidate.score:.3f}"
    if candidate.difference is not None:
        score += f" ({candidate.difference:+.3f} against no memory)"
    parent = f" from {candidate.parent}" if candidate.parent else ""
    note = f": {candidate.note}" if candidate.note else ""
    return f"{candidate.name}{parent} {candidate.state.value}{score}{note}"


class Lines:
    """One line for each thing that is over."""

    def phase(self, name: str, total: int) -> Advance:
        """See :class:`alma_safe.search.watch.Watch`."""
        say(f"playing {visible(name, 80)}: {counted(total, 'episode')}")
        return lambda: None

    def step(self, number: int, parents: Sequence[str]) -> None:
        """See :class:`alma_safe.search.watch.Watch`."""
        say(f"step {number}: {counted(len(parents), 'candidate')}")

    def at(self, name: str, what: str) -> None:
        """See :class:`alma_safe.search.watch.Watch`."""

    def ended(self, candidate: Candidate) -> None:
        """See :class:`alma_safe.search.watch.Watch`."""
        say(visible(told(candidate), 300))

    def said(self, line: str) -> None:
        """See :class:`alma_safe.search.watch.Watch`."""
        say(visible(line, 300))


class View:
    """What a terminal shows, drawn anew a few times a second."""

    def __init__(self, archive: Archive, steps: int) -> None:
        self._archive = archive
        self._steps = steps
        self._began = time.monotonic()
        self._number = 0
        self._stages: dict[str, str] = {}
        self._playing: dict[str, list[int]] = {}
        self._lines: list[str] = []
        self._facts = ""

    def phase(self, name: str, total: int) -> Advance:
        """See :class:`alma_safe.search.watch.Watch`."""
        count = self._playing[name] = [0, total]

        def advance() -> None:
            count[0] += 1
            if count[0] >= count[1]:
                self._playing.pop(name, None)

        return advance

    def step(self, number: int, parents: Sequence[str]) -> None:
        """See :class:`alma_safe.search.watch.Watch`."""
        self._number = number
        self._stages = {f"{number}.{slot}": "waiting" for slot in range(len(parents))}
        self._refresh()

    def at(self, name: str, what: str) -> None:
        """See :class:`alma_safe.search.watch.Watch`."""
        self._stages[name] = what

    def ended(self, candidate: Candidate) -> None:
        """See :class:`alma_safe.search.watch.Watch`."""
        self._stages.pop(candidate.name, None)
        self._playing.pop(candidate.name, None)
        self._lines.append(told(candidate))
        self._refresh()

    def said(self, line: str) -> None:
        """See :class:`alma_safe.search.watch.Watch`."""
        self._lines.append(line)

    def _refresh(self) -> None:
        """Read what is asked of the archive: not on every frame."""
        found = self._archive.candidates()
        best = max(
            (each for each in found if each.state is State.EVALUATED and each.score is not None),
            key=lambda each: each.score or 0.0,
            default=None,
        )
        spent = self._archive.spent()
        rules: dict[str, int] = {}
        for each in self._archive.findings():
            rules[each[3]] = rules.get(each[3], 0) + 1
        often = sorted(rules.items(), key=lambda entry: (-entry[1], entry[0]))[:5]
        self._facts = (
            f"{counted(len(found), 'candidate')}, "
            f"{sum(each.state is State.EVALUATED for each in found)} evaluated, "
            f"{spent['usd']:.2f} USD, {spent['meta_tokens']:,.0f} tokens of the meta agent\n"
        )
        if best is not None:
            self._facts += f"best: {visible(told(best), 120)}\n"
        if often:
            self._facts += "refused for: " + ", ".join(f"{rule} {n}" for rule, n in often) + "\n"

    def rendered(self) -> RenderableType:
        """The view as it is now."""
        from rich.text import Text

        seconds = time.monotonic() - self._began
        minutes, rest = divmod(int(seconds), 60)
        head = f"step {self._number} of {self._steps}, {minutes}:{rest:02}\n{self._facts}"
        now = [f"  {name}: {what}" for name, what in self._stages.items()]
        bars = [
            f"  {visible(name, 60)}: {done}/{total} episodes"
            for name, (done, total) in self._playing.items()
        ]
        last = [visible(line, 120) for line in self._lines[-8:]]
        return Text(
            "\n".join([head.rstrip(), *now, *bars, *last]), no_wrap=True, overflow="ellipsis"
        )
