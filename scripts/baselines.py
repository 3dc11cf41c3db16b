"""Evaluate all shipped designs on all four domains and write docs/baselines.md.

    make baselines

Keyless: the scripted agent acts, the local model answers the designs. The same on every
machine but for the times.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOMAINS = ("textworld", "alfworld", "babaisai", "minihack")
SEED = "2026"

HEAD = f"""# Baselines

What the shipped designs are worth to the scripted agent. Made by `make baselines`
(`alma-safe evaluate designs --domain D --seed {SEED}`): batched, in distribution, 30 episodes
collected, three repeats. Scores are means of repeats with their standard error; differences are to
no memory on the same tasks, with 95 % bootstrap intervals over tasks; `*` marks those that exclude
zero, of which one in twenty would by chance. The agent's weights were set on the tasks of seed 42,
of which about half are among these. How far such scores can be trusted:
[guide](guide.md#how-far-the-scripted-agent-can-be-trusted).
"""


def evaluated(domain: str, folder: Path) -> dict[str, Any]:
    """Evaluate every design on one domain and return the document."""
    output = folder / f"{domain}.json"
    command = [
        *(str(Path(sys.executable).with_name("alma-safe")), "evaluate", "designs"),
        *("--domain", domain, "--seed", SEED, "--output", str(output)),
    ]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    document: dict[str, Any] = json.loads(output.read_text("utf-8"))
    return document


def section(document: dict[str, Any]) -> str:
    """Return the table of one domain, the best design first."""
    setting, baseline = document["setting"], document["baseline"]
    lines = [
        f"## {setting['title']}",
        "",
        f"Task set `{setting['task_set']}`, {setting['tasks']} tasks, at most "
        f"{setting['max_steps']} steps, agent {setting['agent']} {setting['agent_version']}; "
        f"collection reward {setting['collection_reward']:.3f}.",
        "",
        "| design | score | against no memory | retrieved | calls to models | seconds |",
        "|---|---|---|---|---|---|",
        f"| no memory | {told(baseline['score'])} | | | | {baseline['seconds']:.0f} |",
    ]
    results = sorted(document["results"], key=lambda each: (-each["score"]["mean"], each["design"]))
    for each in results:
        difference = each["difference_to_no_memory"]
        sure = difference["low"] > 0 or difference["high"] < 0
        calls = sum(broker.get("answered", 0) for broker in each["broker"])
        lines.append(
            f"| `{Path(each['design']).name}` | {told(each['score'])} | "
            f"{difference['mean']:+.3f} [{difference['low']:+.3f}, {difference['high']:+.3f}]"
            f"{' *' if sure else ''} | {each['retrieved_bytes']:,.0f} B | {calls} | "
            f"{each['seconds']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def told(score: dict[str, Any]) -> str:
    """A score with its error."""
    return f"{score['mean']:.3f} ± {score['standard_error']:.3f}"


def main() -> None:
    """Evaluate and write."""
    with tempfile.TemporaryDirectory() as folder:
        sections = [section(evaluated(domain, Path(folder))) for domain in DOMAINS]
    path = ROOT / "docs" / "baselines.md"
    path.write_text("\n".join((HEAD, *sections)), "utf-8")


if __name__ == "__main__":
    main()
