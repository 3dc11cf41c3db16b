"""Evaluate all shipped designs on all four domains and write docs/baselines.md.

    make baselines

Keyless: the scripted agent acts, the local model answers the designs. The same on every
machine.
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
SEED = "57721"
TASK_SET = "fresh"
RIVAL = "designs/trajectory_retrieval.py"

MARK = "<!-- baselines -->"


def evaluated(domain: str, folder: Path) -> dict[str, Any]:
    """Evaluate every design on one domain and return the document."""
    output = folder / f"{domain}.json"
    command = [
        *(str(Path(sys.executable).with_name("alma-safe")), "evaluate", "designs"),
        *("--against", RIVAL, "--domain", domain, "--task-set", TASK_SET),
        *("--seed", SEED, "--output", str(output)),
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
        "| design | score | against no memory | against trajectory retrieval | retrieved "
        "| calls to models |",
        "|---|---|---|---|---|---|",
        f"| no memory | {told(baseline['score'])} | | {compared(baseline['difference_to_rival'])} "
        "| | |",
    ]
    results = sorted(played(document), key=lambda each: (-each["score"]["mean"], each["design"]))
    for each in results:
        calls = sum(broker.get("answered", 0) for broker in each["broker"])
        lines.append(
            f"| `{Path(each['design']).name}` | {told(each['score'])} | "
            f"{compared(each['difference_to_no_memory'])} | "
            f"{'' if is_rival(each) else compared(each['difference_to_rival'])} | "
            f"{each['retrieved_bytes']:,.0f} B | {calls} |"
        )
    lines += ["", *types(document, results[0])]
    lost = [Path(each["design"]).name for each in document["results"] if each not in results]
    if lost:
        lines += ["", f"Not played to the end, and so not told: {', '.join(map(code, lost))}."]
    return "\n".join(lines) + "\n"


def types(document: dict[str, Any], best: dict[str, Any]) -> list[str]:
    """Return a table of the mean score of each type of task."""
    rows = {
        "no memory": document["baseline"]["score"],
        code(Path(RIVAL).name): document["rival"]["score"],
        code(Path(best["design"]).name): best["score"],
    }
    kinds = list(document["baseline"]["score"]["kinds"])
    return [
        f"| type of task | {' | '.join(kinds)} |",
        f"|---|{'---|' * len(kinds)}",
        *(
            f"| {name} | {' | '.join(f'{score["kinds"][kind]:.3f}' for kind in kinds)} |"
            for name, score in rows.items()
        ),
    ]


def played(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Results of which every episode was played: a part of the tasks is not comparable."""
    return [each for each in document["results"] if each["score"] and not each["faults"]]


def code(name: str) -> str:
    """A name as code."""
    return f"`{name}`"


def page(head: str, documents: list[dict[str, Any]]) -> str:
    """Return the whole page: what stands before the mark, and all tables."""
    return "\n".join((f"{head}{MARK}\n", summary(documents), *map(section, documents)))


def summary(documents: list[dict[str, Any]]) -> str:
    """Return one line for each domain: no memory, trajectories, the best design."""
    lines = [
        "| domain | no memory | trajectory retrieval | best design | | against no memory "
        "| against trajectory retrieval |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in documents:
        best = max(played(each), key=lambda result: result["score"]["mean"])
        scores = (part["score"]["mean"] for part in (each["baseline"], each["rival"], best))
        none, rival, mine = (f"{score:.3f}" for score in scores)
        lines.append(
            f"| {each['setting']['title']} | {none} | {rival} | `{Path(best['design']).name}` | "
            f"{mine} | {compared(best['difference_to_no_memory'])} | "
            f"{compared(best['difference_to_rival'])} |"
        )
    return "\n".join(lines) + "\n"


def is_rival(result: dict[str, Any]) -> bool:
    """Whether a result is of the design that the others are compared with."""
    return Path(result["design"]).name == Path(RIVAL).name


def compared(difference: dict[str, Any]) -> str:
    """A difference with its interval, marked where that excludes zero."""
    sure = difference["excludes_zero"]
    return (
        f"{difference['mean']:+.3f} [{difference['low']:+.3f}, {difference['high']:+.3f}]"
        f"{' *' if sure else ''}"
    )


def told(score: dict[str, Any]) -> str:
    """A score with its error."""
    return f"{score['mean']:.3f} ± {score['standard_error']:.3f}"


def main() -> None:
    """Evaluate and write."""
    with tempfile.TemporaryDirectory() as folder:
        documents = [evaluated(domain, Path(folder)) for domain in DOMAINS]
    path = ROOT / "docs" / "baselines.md"
    head = path.read_text("utf-8").partition(MARK)[0]
    path.write_text(page(head, documents), "utf-8")


if __name__ == "__main__":
    main()
