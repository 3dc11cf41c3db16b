"""Recorders for the tests: typical ones, and ones with something awkward in them.

All are plain JSON values made from a schema and a seed; the same on every machine.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Mapping
from typing import Any

from alma_safe.recorders import Field, RecorderSchema

type Recorder = dict[str, Any]
"""{"init": ..., "steps": [...], "reward": ...}"""

type Operation = dict[str, Any]
"""{"op": "retrieve" | "update", "recorder": Recorder}"""

_OBSERVATIONS = ("obs", "long_term_context")

_POOL = 97
"""A prime, so that striding through the pool visits all of it."""

REWARDS = (0.0, 0.25, 0.5, 1.0)


def typical(schema: RecorderSchema, rng: random.Random, *, steps: int | None = None) -> Recorder:
    """An ordinary finished episode."""
    count = 2 + int(rng.random() * 7) if steps is None else steps
    pool, start = _steps(schema), int(rng.random() * _POOL)
    return {
        "init": {key: _value(field, rng) for key, field in schema.init.items()},
        "steps": [pool[(start + 5 * number) % _POOL] for number in range(count)],
        "reward": REWARDS[int(rng.random() * len(REWARDS))],
    }


@functools.lru_cache(maxsize=8)
def _steps(schema: RecorderSchema) -> list[dict[str, Any]]:
    """Steps that episodes are put together from: making each anew would cost the most."""
    rng = random.Random(41)
    return [{key: _value(field, rng) for key, field in schema.step.items()} for _ in range(_POOL)]


def beginning(recorder: Recorder) -> Recorder:
    """What a design sees before the same episode: only ``init``."""
    return {"init": recorder["init"], "steps": [], "reward": 0.0}


def numbered(recorder: Recorder, schema: RecorderSchema, number: int) -> Recorder:
    """The same episode with names that no other number has, as games number their objects."""
    counter = itertools.count(number * 1000)

    def named(text: str) -> str:
        unique = next(counter)
        return f"n{unique} {text} {unique}"

    return _mapped(recorder, schema, named)


def with_text(schema: RecorderSchema, text: str) -> Recorder:
    """An episode with ``text`` in every text field."""
    rng = random.Random(len(text))
    recorder = typical(schema, rng, steps=2)
    return _mapped(recorder, schema, lambda _: text)


def with_long_texts(schema: RecorderSchema, text: str) -> Recorder:
    """An episode whose observations (not its names of actions) are ``text``."""
    recorder = typical(schema, random.Random(7), steps=2)

    def wordy(part: Mapping[str, Any]) -> dict[str, Any]:
        return {key: text if key in _OBSERVATIONS else part[key] for key in part}

    return {
        "init": wordy(recorder["init"]),
        "steps": [wordy(step) for step in recorder["steps"]],
        "reward": recorder["reward"],
    }


def _mapped(recorder: Recorder, schema: RecorderSchema, change: Callable[[str], str]) -> Recorder:
    return {
        "init": _mapped_part(recorder["init"], schema.init, change),
        "steps": [_mapped_part(step, schema.step, change) for step in recorder["steps"]],
        "reward": recorder["reward"],
    }


def _mapped_part(
    part: Mapping[str, Any], fields: Mapping[str, Field], change: Callable[[str], str]
) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key, value in part.items():
        kind = fields[key].kind
        if kind == "str":
            changed[key] = change(value)
        elif kind == "list[str]":
            changed[key] = [change(item) for item in value]
        elif kind == "dict[str,str]":
            changed[key] = {name: change(text) for name, text in value.items()}
        else:
            changed[key] = value
    return changed


def _value(field: Field, rng: random.Random) -> Any:
    # Thousands are made for one design: rng.choice and rng.sample cost ten times as much.
    samples = field.samples
    start = int(rng.random() * len(samples))
    if field.kind in ("list[str]", "dict[str,str]"):
        count = min(len(samples), 2 + start % 5)
        picked = [samples[(start + offset) % len(samples)] for offset in range(count)]
        if field.kind == "list[str]":
            return picked
        return dict(entry.split(": ", 1) for entry in sorted(picked))
    return samples[start]


def oddities(schema: RecorderSchema) -> list[tuple[str, Recorder]]:
    """Recorders that keep to the documented shape and still surprise, each with its name."""
    rng = random.Random(3)
    plain = typical(schema, rng, steps=3)
    extra = typical(schema, rng, steps=2)
    extra["init"]["extra_key"] = {"nested": [1, None, True]}
    extra["steps"] = [{**step, "extra_key": "unexpected"} for step in extra["steps"]]
    return [
        ("an episode without steps", {**plain, "steps": []}),
        ("an episode of one step", {**plain, "steps": plain["steps"][:1]}),
        ("keys that no domain documents", extra),
        ("reward 1", {**plain, "reward": 1.0}),
        ("reward 0 as an integer", {**plain, "reward": 0}),
        ("empty lists in the fields", _emptied(plain, schema)),
        ("nothing in any field", _emptied(with_text(schema, ""), schema)),
    ]


def _emptied(recorder: Recorder, schema: RecorderSchema) -> Recorder:
    def emptied(part: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
        empty: dict[str, Any] = {"list[str]": [], "dict[str,str]": {}}
        return {key: empty.get(fields[key].kind, value) for key, value in part.items()}

    return {
        "init": emptied(recorder["init"], schema.init),
        "steps": [emptied(step, schema.step) for step in recorder["steps"]],
        "reward": recorder["reward"],
    }


def misshapen(schema: RecorderSchema, surrogate: str) -> list[tuple[str, Recorder]]:
    """Recorders that break the documented shape, each with its name: they only warn."""
    rng = random.Random(5)
    plain = typical(schema, rng, steps=2)
    listed = [{**step, "action_took": [step["action_took"]]} for step in plain["steps"]]
    bare = [{key: step[key] for key in ("action_took",)} for step in plain["steps"]]
    return [
        ("no keys in init", {**plain, "init": {}}),
        ("steps with action_took alone", {**plain, "steps": bare}),
        ("action_took as a list", {**plain, "steps": listed}),
        ("a lone surrogate in every text", with_text(schema, surrogate)),
    ]
