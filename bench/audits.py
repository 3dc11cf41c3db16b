"""What audits, receipts and reused verdicts cost: `python -m bench.audits [--write]`.

Wall seconds and CPU of the command with what it waited for; guests are nobody's children
here, so their CPU is not in it. Run it where nothing else runs.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.cpu import ALMA_SAFE, PYTHON, of_command

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- audits -->"
DESIGN = str(ROOT / "designs" / "induced_rules.py")
PARENT = str(ROOT / "designs" / "risk_table.py")


def main() -> None:
    """Measure, print, and write into the document when asked to."""
    parser = argparse.ArgumentParser(prog="bench.audits")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = measured(Path(folder), options.runs)
    sys.stdout.write(table)
    if options.write:
        document = ROOT / "docs" / "benchmarks.md"
        head, _, rest = document.read_text("utf-8").partition(MARK)
        _, _, tail = rest.partition(MARK)
        document.write_text(f"{head}{MARK}\n{table}{MARK}{tail}", "utf-8")


def measured(folder: Path, runs: int) -> str:
    """The table."""
    lines = len(Path(DESIGN).read_text("utf-8").splitlines())
    page, key, receipt = folder / "audit.html", folder / "key", folder / "receipt"
    html = ["--format", "html", "--output", str(page)]
    of_command([ALMA_SAFE, "attest", "keygen", "--output", str(key)])
    of_command([ALMA_SAFE, "attest", "sign", DESIGN, "--key", str(key), "--output", str(receipt)])
    check = ["attest", "verify", DESIGN, "--receipt", str(receipt), "--key", f"{key}.pub"]
    ways: dict[str, list[str]] = {
        "floor: python -c 'import alma_safe.cli.main'": [PYTHON, "-c", "import alma_safe.cli.main"],
        f"audit, {lines} lines": [ALMA_SAFE, "audit", DESIGN, *html],
        f"audit, {lines} lines, against another": [
            *(ALMA_SAFE, "audit", DESIGN, "--against", PARENT, *html)
        ],
        "attest verify": [ALMA_SAFE, *check],
        "verify --fresh, 1 design": [ALMA_SAFE, "verify", "--fresh", DESIGN],
        "verify, judged before, 1 design": [ALMA_SAFE, "verify", DESIGN],
        "verify, judged before, all of designs/": [ALMA_SAFE, "verify", str(ROOT / "designs")],
    }
    rows = [
        f"Python {sys.version.split()[0]}, median of {runs} runs.\n",
        "| what | wall | CPU of the command |",
        "|---|---:|---:|",
    ]
    for name, command in ways.items():
        wall, cpu = _costs(command, 3 if "audit" in name else runs)
        rows.append(f"| {name} | {wall:.2f} s | {cpu:.0f} ms |")
    rows.append(f"| page of that audit: bytes | {page.stat().st_size:,} | |")
    rows.append(f"| page of that audit: messages on a browser's console | {_console(page)} | |")
    return "\n".join(rows) + "\n"


def _costs(command: Sequence[str], runs: int) -> tuple[float, float]:
    """Median wall seconds and CPU milliseconds; the first run does not count."""
    of_command(command)
    found = []
    for _ in range(runs):
        started = time.monotonic()
        cpu = of_command(command)
        found.append((time.monotonic() - started, cpu))
    return statistics.median(wall for wall, _ in found), statistics.median(cpu for _, cpu in found)


def _console(page: Path) -> str:
    """How many messages Chromium has for its console when it opens a page."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        return "not looked at: no chromium here"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    told = subprocess.run(
        [browser, *flags, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
    )
    return str(len(re.findall(r"CONSOLE", told.stderr)))


if __name__ == "__main__":
    main()
