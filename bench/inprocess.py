"""The work of a design itself: its calls, without any wall, in a process of their own.

    python -m bench.inprocess DESIGN

Prints CPU milliseconds for everything that the properties and the execution ask of it.
Only for designs of this repository: nothing here is vetted or walled in.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GUEST = ROOT / "alma_safe" / "sandbox" / "guest"
sys.path[:0] = [str(GUEST), str(GUEST / "names"), str(GUEST / "standin")]


class _Nobody:
    """A wire that leads nowhere."""

    def send(self, message: Any) -> None:
        """Nobody hears it."""

    send_text = send


def calls() -> tuple[list[Any], list[Any]]:
    """The calls of all stories that need no model, and the recorders that they name."""
    from alma_safe.policy import load_policy
    from alma_safe.recorders import recorder_schema
    from alma_safe.verifier.properties.deck import deck
    from alma_safe.verifier.properties.steps import FRESH, Step, retrieve, story_of, update
    from alma_safe.verifier.properties.subject import Subject
    from alma_safe.verifier.properties.trial import Trial

    policy, schema = load_policy(), recorder_schema(None)
    cards = deck(schema, policy.properties, policy.execution, 0)
    subject = Subject.__new__(Subject)
    trial = Trial(subject, policy, schema, cards)
    steps: list[Step] = [*trial.script_steps(), *trial.script_steps(), *trial.untrained_steps()]
    for recorder in (*cards.odd, *cards.awkward):
        steps += [FRESH, retrieve(recorder), update(recorder), update(trial.training[0])]
    steps += [FRESH, *(update(one, echo=False) for one in (*cards.variety, cards.lengthy))]
    steps += [FRESH, *(update(one, echo=False) for one in cards.bulk)]
    steps += [step for sequence in cards.bank for step in story_of(sequence)]
    steps += [*trial.script_steps(), *trial.untrained_steps()]
    steps += [FRESH, *(update(one, echo=False) for one in cards.workload.collection)]
    steps += [retrieve(one) for one in cards.workload.deployment]
    wired = [list(call) for call in cards.wired(steps, 0)]
    return wired, json.loads(json.dumps(cards.material.recorders))


def imported(source: bytes) -> list[str]:
    """The modules that a design names; its own contract's among them."""
    names: dict[str, None] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names[node.module] = None
    return list(names)


async def work(source: bytes) -> float:
    """CPU milliseconds of all calls."""
    from almaguest import runner
    from almaguest.design import LoadedDesign
    from almaguest.material import Material

    wired, recorders = calls()
    material = Material.of(recorders)
    player = runner.Runner(_Nobody(), material)  # type: ignore[arg-type]
    player._watch = lambda deadline: None  # type: ignore[method-assign]
    # As a parent of guests does it: what was loaded before is nobody's work here.
    for name in imported(source):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    started = time.process_time()
    player._design = LoadedDesign({"frozen_clock": True, "random_seed": 0}, material)
    player._design.load(source)
    await player._replay({"id": 1, "deadline": 60, "payload": {"calls": wired}})
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    print(asyncio.run(work(Path(sys.argv[1]).read_bytes())))
