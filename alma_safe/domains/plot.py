"""An evaluation as a picture: scores with intervals, and learning curves where there are any."""

from __future__ import annotations

import importlib.util
import io
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from alma_safe.domains.evaluation import Evaluation, Result
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = ("svg", "png")

_WIDTH_IN = 8.0
_ROW_IN = 0.32
_CURVES_IN = 3.4
_DOTS_PER_INCH = 150
_NAME = 32
_BETTER, _WORSE, _UNSURE = "#1b7f4d", "#b3352c", "#5b6770"


def require() -> None:
    """Raise UsageError where matplotlib is not installed."""
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError(
            "a plot needs the package matplotlib", hint="pip install 'alma-safe[plots]'"
        )


def drawn(found: Evaluation, form: str) -> bytes:
    """Return the file of a picture, ``svg`` or ``png``; the same for the same numbers."""
    import matplotlib
    from matplotlib.figure import Figure

    rows = [result for result in found.results if result.score is not None]
    heights = [1.1 + _ROW_IN * max(3, len(rows))] + [_CURVES_IN] * bool(found.curves)
    with matplotlib.rc_context({"svg.hashsalt": "alma-safe", "font.size": 9}):
        figure = Figure(figsize=(_WIDTH_IN, sum(heights)), layout="constrained")
        parts: Any = figure.subplots(
            len(heights), 1, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
        _differences(parts[0][0], found, rows)
        if found.curves:
            _curves(parts[1][0], found)
        file = io.BytesIO()
        # No date: the same numbers are the same file.
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure.savefig(file, format=form, dpi=_DOTS_PER_INCH, metadata=metadata)
    return file.getvalue()


def _differences(axes: Axes, found: Evaluation, rows: list[Result]) -> None:
    """The paired difference of each design to no memory, the best at the top."""
    compared = [(result, result.against(found.baseline)) for result in rows]
    known = [(result, interval) for result, interval in compared if interval is not None]
    known.sort(key=lambda pair: pair[1].mean)
    for place, (_, interval) in enumerate(known):
        colour = _UNSURE
        if interval.excludes_zero:
            colour = _BETTER if interval.mean > 0 else _WORSE
        if interval.enough:
            axes.plot([interval.low, interval.high], [place, place], color=colour, linewidth=2)
        axes.plot([interval.mean], [place], "o", color=colour, markersize=5)
    few = any(not interval.enough for _, interval in known)
    label = "difference to no memory, with 95 % interval" + " (too few tasks)" * few
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(known)), [_label(result) for result, _ in known])
    axes.set_ylim(-0.6, len(known) - 0.4)
    axes.set_xlabel(label)
    alone = found.baseline.score
    setting = found.setting
    title = f"{setting['title']} ({setting['task_set']}, split {setting['split']})"
    if alone is not None:
        title += f": no memory scores {alone.mean:.3f}"
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)


def _curves(axes: Axes, found: Evaluation) -> None:
    """Scores over the size of the collection."""
    for curve in found.curves.values():
        points = [(each.train_size, each.score) for each in curve if each.score is not None]
        axes.errorbar(
            [size for size, _ in points],
            [score.mean for _, score in points],
            yerr=[score.standard_error for _, score in points],
            marker="o",
            capsize=3,
            label=_label(curve[0]),
        )
    if found.baseline.score is not None:
        axes.axhline(
            found.baseline.score.mean, color="black", linewidth=0.8, label="no memory", ls="--"
        )
    axes.set_xlabel("episodes collected")
    axes.set_ylabel("score")
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.spines[["top", "right"]].set_visible(False)


def _label(result: Result) -> str:
    # Dollar signs would be read as formulas.
    return visible(PurePath(result.name).stem, _NAME).replace("$", r"\$")
