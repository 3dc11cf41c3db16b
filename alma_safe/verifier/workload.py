"""The episodes of the workload: recorded ones where the domain ships them.

``envs/<domain>/workload.json`` holds recorders of real episodes. Without a domain
the recordings of all domains are laid over each other, so that every documented key
is there; a domain without a recording contributes typical values of its schema.
"""

from __future__ import annotations

import functools
import json
import random
from dataclasses import dataclass

from alma_safe.recorders import DOMAINS, GENERIC, RecorderSchema, recorder_schema
from alma_safe.resources import resource_dir
from alma_safe.verifier.properties.episodes import Recorder, typical

_POOL = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Episodes to learn from and to be asked about. ``recorded``: domains with recordings."""

    collection: tuple[Recorder, ...]
    deployment: tuple[Recorder, ...]
    recorded: tuple[str, ...]

    @property
    def recorders(self) -> tuple[Recorder, ...]:
        """All episodes, those to learn from first."""
        return self.collection + self.deployment


@functools.lru_cache(maxsize=8)
def load_workload(schema: RecorderSchema, *, collection: int, deployment: int) -> Workload:
    """Return the workload of a schema; the same on every machine."""
    names = DOMAINS if schema.domain == GENERIC else (schema.domain,)
    known = [schema] if len(names) == 1 else [recorder_schema(name) for name in names]
    pools = [_pool(each) for each in known]
    merged = [_overlaid(parts) for parts in zip(*(pool for pool, _ in pools), strict=True)]
    needed = collection + deployment
    episodes = [merged[number % len(merged)] for number in range(needed)]
    return Workload(
        collection=tuple(episodes[:collection]),
        deployment=tuple(episodes[collection:]),
        recorded=tuple(name for name, (_, real) in zip(names, pools, strict=True) if real),
    )


@functools.lru_cache(maxsize=8)
def _pool(schema: RecorderSchema) -> tuple[list[Recorder], bool]:
    path = resource_dir("envs") / schema.domain / "workload.json"
    if schema.domain in DOMAINS and path.is_file():
        recorded: list[Recorder] = json.loads(path.read_text("utf-8"))["episodes"]
        return [recorded[number % len(recorded)] for number in range(_POOL)], True
    rng = random.Random(31)
    return [typical(schema, rng) for _ in range(_POOL)], False


def _overlaid(parts: tuple[Recorder, ...]) -> Recorder:
    """One episode with the keys of all; the first domain that has a key gives its value."""
    longest = max(parts, key=lambda part: len(part["steps"]))
    steps = []
    for number in range(len(longest["steps"])):
        step: dict[str, object] = {}
        for part in reversed(parts):
            if part["steps"]:
                step.update(part["steps"][number % len(part["steps"])])
        steps.append(step)
    init: dict[str, object] = {}
    for part in reversed(parts):
        init.update(part["init"])
    return {"init": init, "steps": steps, "reward": parts[0]["reward"]}
