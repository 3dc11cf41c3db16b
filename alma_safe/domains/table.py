"""An evaluation as text: one table of designs, one of types of task, learning curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from alma_safe.domains.evaluation import Evaluation, Result
from alma_safe.domains.statistics import ENOUGH, Interval
from alma_safe.text import counted, visible

_NAME = 40
_WHERE = 56


def _called(result: Result) -> str:
    """A name that fits into a column."""
    return _short(PurePath(result.name).name)


def _short(text: str) -> str:
    """A name that fits into a column: one that is cut is not longer for it."""
    return visible(text if len(text) <= _NAME else f"{text[: _NAME - 3]}...")


def rendered(found: Evaluation) -> str:
    """Return the tables, ending in a newline."""
    parts = (_setting, _scores, _kinds)
    whole = "\n\n".join("\n".join(part(found)) for part in parts)
    return "\n".join((whole, *_curves(found), *_notes(found), *_legend(found))) + "\n"


def side_by_side(found: Sequence[Evaluation]) -> str:
    """Return one table over several evaluations of the same designs, ending in a newline."""
    rows: list[tuple[str, ...]] = [
        ("design", "domain", "split", "agent", "no memory", "score", "against no memory (95 %)")
    ]
    for place in range(len(found[0].results)):
        for each in found:
            setting, result, alone = each.setting, each.results[place], each.baseline.score
            where = f"{setting['domain']}/{setting['task_set']}"
            rows.append(
                (
                    _called(result),
                    visible(where, _WHERE),
                    f"{setting['split']}, {setting['mode']}",
                    visible(f"{setting['agent']} {setting['agent_version']}", _WHERE),
                    "-" if alone is None else f"{alone.mean:.3f}",
                    "-" if result.score is None else f"{result.score.mean:.3f}",
                    _told(result.against(each.baseline)),
                )
            )
    notes = [line for each in found for line in _notes(each)]
    return "\n".join((*_table(rows), *notes)).rstrip() + "\n"


def _setting(found: Evaluation) -> Iterator[str]:
    setting = found.setting
    yield (
        f"{setting['title']}: {setting['task_set']}, split {setting['split']}, "
        f"{setting['mode']}, agent {setting['agent']} {setting['agent_version']}"
    )
    yield (
        f"{counted(setting['collected'], 'episode')} collected "
        f"(reward {setting['collection_reward']:.3f}), "
        f"{counted(setting['tasks'], 'task')} x {counted(setting['repeats'], 'repeat')}, "
        f"at most {counted(setting['max_steps'], 'step')}, seed {setting['seed']}"
    )


def _scores(found: Evaluation) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [
        ("design", "score", "error", "against no memory (95 %)", "steps", "retrieved", "time")
    ]
    # Among the designs it has a row of its own already.
    apart = found.rival is not None and found.rival.digest not in _digests(found)
    rivals = (found.rival,) if apart and found.rival is not None else ()
    for result in (found.baseline, *rivals, *found.results):
        rows.append(_row(result, found.baseline))
    yield from _table(rows)
    if found.rival is not None:
        yield ""
        yield from _table([("design", f"against {_called(found.rival)} (95 %)"), *_duels(found)])


def _digests(found: Evaluation) -> set[str]:
    return {result.digest for result in found.results}


def _duels(found: Evaluation) -> list[tuple[str, str]]:
    """Every design but the rival itself, and how it compares with it."""
    assert found.rival is not None
    others = [each for each in found.results if each.digest != found.rival.digest]
    return [
        (_called(result), _told(result.against(found.rival)))
        for result in (found.baseline, *others)
    ]


def _row(result: Result, baseline: Result) -> tuple[str, ...]:
    score, episodes = result.score, result.deployment.episodes
    if score is None:
        return (_called(result), "-", "-", "-", "-", "-", _time(result))
    compared = "" if result is baseline else _told(result.against(baseline))
    steps = sum(len(episode.steps) for episode in episodes) / len(episodes)
    size = sum(episode.retrieved_bytes for episode in episodes) / len(episodes)
    return (
        _called(result),
        f"{score.mean:.3f}",
        f"{score.standard_error:.3f}",
        compared,
        f"{steps:.1f}",
        f"{size:,.0f} B",
        _time(result),
    )


def _time(result: Result) -> str:
    return f"{result.deployment.seconds:.1f} s"


def _told(difference: Interval | None) -> str:
    if difference is None:
        return "-"
    if not difference.enough:
        return f"{difference.mean:+.3f}, too few tasks"
    mark = " *" if difference.excludes_zero else ""
    return f"{difference.mean:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]{mark}"


def _kinds(found: Evaluation) -> Iterator[str]:
    results = [result for result in (found.baseline, *found.results) if result.score is not None]
    kinds = sorted({kind for result in results if result.score for kind in result.score.kinds})
    rows = [("by type of task", *(_short(kind) for kind in kinds))]
    for result in results:
        assert result.score is not None
        values = [result.score.kinds.get(kind) for kind in kinds]
        shown = ["-" if value is None else f"{value:.3f}" for value in values]
        rows.append((_called(result), *shown))
    yield from _table(rows)


def _curves(found: Evaluation) -> Iterator[str]:
    for name, curve in found.curves.items():
        rows = [("learning curve", "score", "error", "against no memory (95 %)")]
        for result in curve:
            _, score, error, compared, *_ = _row(result, found.baseline)
            rows.append((counted(result.train_size, "episode"), score, error, compared))
        yield ""
        yield visible(name, 200)
        yield from _table(rows)


def _notes(found: Evaluation) -> Iterator[str]:
    curves = [result for curve in found.curves.values() for result in curve]
    for result in (found.baseline, *found.results, *curves):
        failure = result.deployment.failure
        if failure is not None:
            place = f", line {failure.line}" if failure.line else ""
            yield ""
            yield (
                f"{_called(result)} failed in {failure.during}{place}: {visible(failure.text, 400)}"
            )
        if result.deployment.faults:
            yield ""
            ran = result.deployment
            yield (
                f"{_called(result)}: {len(ran.episodes)} of {counted(ran.planned, 'episode')} "
                f"played; {len(ran.faults)} could not be, and are not scored: "
                f"{visible(ran.faults[0], 300)}"
            )


def _legend(found: Evaluation) -> Iterator[str]:
    """What the marks of the tables mean."""
    against = [result.against(found.baseline) for result in found.results]
    if any(each is not None and not each.enough for each in against):
        yield ""
        yield f"too few tasks for an interval, which is resampled by task: from {ENOUGH} on"
    if any(each is not None and each.excludes_zero for each in against):
        yield ""
        yield "* the interval of the paired difference, resampled by task, excludes zero"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first = row[0].ljust(widths[0])
        rest = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  ".join((first, *rest)).rstrip()
