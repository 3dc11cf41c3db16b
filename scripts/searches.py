"""`make searches`: keyless searches, and the table of what they found.

TextWorld with three seeds, then two samplers at equal budget on Baba Is AI, whose games
are short. Two hours on two cores. Runs that are there are gone on with, so that it may be
stopped at any time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from alma_safe.search.archive import Reader
from alma_safe.search.confirmation import Compared, Outcome

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- searches -->"
LEFT_OUT = "grounded_rules.py"
"""Came after the searches that are told, and leaves a search that begins with it little to find."""
ALMA_SAFE = str(Path(sys.executable).with_name("alma-safe"))


def main() -> None:
    """Search, and write the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="searches")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs")
    parser.add_argument("--steps", default="9")
    parser.add_argument(
        "--asked",
        nargs="+",
        default=[f"textworld:scaled:{seed}" for seed in (1, 2, 3)]
        + [f"babaisai:{name}:{seed}" for name in ("alma", "greedy") for seed in (1, 2, 3)],
        metavar="DOMAIN:SAMPLER:SEED",
    )
    parser.add_argument("--table", action="store_true", help="only write what is there")
    options = parser.parse_args()
    folders = []
    seeds = [str(path) for path in sorted((ROOT / "designs").glob("*.py")) if path.name != LEFT_OUT]
    for asked in options.asked:
        domain, sampler, seed = asked.split(":")
        folder = options.runs / f"{domain}-{sampler}-{seed}"
        folders.append((domain, sampler, seed, folder))
        if not options.table:
            known = (folder / "archive.sqlite").exists()
            what = ["--resume"] if known else ["--domain", domain, "--sampler", sampler]
            what += [] if known else ["--seed", seed, "--steps", options.steps, "--seeds", *seeds]
            subprocess.run([ALMA_SAFE, "search", "--run", str(folder), *what], check=True)
    table = "\n".join(rows(folders)) + "\n"
    sys.stdout.write(table)
    document = ROOT / "docs" / "benchmarks.md"
    head, _, rest = document.read_text("utf-8").partition(MARK)
    _, _, tail = rest.partition(MARK)
    document.write_text(f"{head}{MARK}\n{table}{MARK}{tail}", "utf-8")


def rows(folders: list[tuple[str, str, str, Path]]) -> Iterator[str]:
    """One row for each search."""
    yield (
        "| domain | sampler | seed | evaluated | best in the search | winner, held out | "
        "no memory | winner - no memory | best baseline | winner - best baseline |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for domain, sampler, seed, folder in folders:
        if not (folder / "archive.sqlite").exists():
            continue
        with Reader.read(folder) as archive:
            values = archive.fact(f"outcome.{max(archive.steps(), default=0)}")
            evaluated = int(archive.spent()["evaluations"])
        if values is None:
            continue
        outcome = Outcome.from_json(values)
        alone, best = outcome.against[:2]
        yield (
            f"| {domain} | {sampler} | {seed} | {evaluated} | {outcome.search:.3f} | "
            f"{outcome.confirmation:.3f} | {alone.score:.3f} | {told(alone)} | "
            f"{best.other.removesuffix('.py')} {best.score:.3f} | {told(best)} |"
        )


def told(each: Compared) -> str:
    """A difference with its interval; a star where it excludes zero."""
    return f"{each.mean:+.3f} [{each.low:+.3f}, {each.high:+.3f}]" + (" *" if each.sure else "")


if __name__ == "__main__":
    main()
