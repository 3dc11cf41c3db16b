"""Write the generated pages, or with `--check` say which of them are out of date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.reference import commands, policy, report, rules

ROOT = Path(__file__).resolve().parents[2]


def pages() -> dict[Path, str]:
    """Every generated file with its text."""
    docs = ROOT / "docs"
    return {
        docs / "commands.md": commands.page(),
        docs / "policy.md": policy.page(),
        docs / "report.md": report.page(),
        docs / "rules.md": rules.page(),
        ROOT / "policies" / "policy.schema.json": policy.schema(),
    }


def main() -> None:
    """Write what differs."""
    parser = argparse.ArgumentParser(prog="reference")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if one differs")
    options = parser.parse_args()
    stale = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    for path in stale:
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
        if not options.check:
            path.write_text(pages()[path], "utf-8")
    sys.exit(bool(stale and options.check))


if __name__ == "__main__":
    main()
