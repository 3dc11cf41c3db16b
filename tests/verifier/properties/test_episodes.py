"""The recorders that are tried: documented shapes, every awkward text, nothing random."""

from __future__ import annotations

import json
import random

import pytest

from alma_safe.recorders import DOMAINS, RecorderSchema, recorder_schema
from alma_safe.verifier.properties import episodes
from alma_safe.verifier.properties.texts import AWKWARD, REPLACED_SURROGATE, long_text

SCHEMAS = [recorder_schema(domain) for domain in (None, *DOMAINS)]
each_schema = pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.domain)

PYTHON = {"str": str, "list[str]": list, "dict[str,str]": dict, "float": int | float, "bool": bool}


def check(recorder: episodes.Recorder, schema: RecorderSchema) -> None:
    parts = [(recorder["init"], schema.init)]
    parts += [(step, schema.step) for step in recorder["steps"]]
    for part, fields in parts:
        assert set(part) == set(fields)
        for key, value in part.items():
            assert isinstance(value, PYTHON[fields[key].kind])
    assert 0 <= recorder["reward"] <= 1
    json.dumps(recorder)


@each_schema
def test_typical_episodes_keep_to_the_documented_shape(schema: RecorderSchema) -> None:
    rng = random.Random(1)
    recorders = [episodes.typical(schema, rng) for _ in range(30)]
    for recorder in recorders:
        check(recorder, schema)
        assert len(recorder["steps"]) >= 2
    assert {recorder["reward"] for recorder in recorders} == set(episodes.REWARDS)


@each_schema
def test_same_seed_gives_the_same_episodes(schema: RecorderSchema) -> None:
    first, second = (episodes.typical(schema, random.Random(7), steps=40) for _ in range(2))
    assert first == second
    assert len(first["steps"]) == 40


@each_schema
@pytest.mark.parametrize("text", AWKWARD, ids=range(len(AWKWARD)))
def test_awkward_text_stands_in_every_field(schema: RecorderSchema, text: str) -> None:
    recorder = episodes.with_text(schema, text)
    check(recorder, schema)
    for part, fields in ((recorder["init"], schema.init), (recorder["steps"][0], schema.step)):
        for key, field in fields.items():
            if field.kind == "str":
                assert part[key] == text
            elif field.kind == "list[str]":
                assert set(part[key]) <= {text}


def test_awkward_texts_are_encodable_and_different() -> None:
    assert len(set(AWKWARD)) == len(AWKWARD)
    assert "" in AWKWARD
    for text in AWKWARD:
        text.encode("utf-8")
    with pytest.raises(UnicodeEncodeError):
        REPLACED_SURROGATE.encode("utf-8")


@each_schema
def test_oddities_are_valid_json_with_a_name_each(schema: RecorderSchema) -> None:
    names = [name for name, recorder in episodes.oddities(schema) if json.dumps(recorder)]
    assert len(set(names)) == len(names) > 4


@each_schema
def test_misshapen_recorders_break_the_documented_shape(schema: RecorderSchema) -> None:
    for name, recorder in episodes.misshapen(schema, REPLACED_SURROGATE):
        json.dumps(recorder)
        if "surrogate" not in name:
            with pytest.raises(AssertionError):
                check(recorder, schema)


@each_schema
def test_numbered_episodes_share_no_text(schema: RecorderSchema) -> None:
    plain = episodes.typical(schema, random.Random(1))
    first, second = (episodes.numbered(plain, schema, number) for number in (1, 2))
    check(first, schema)
    for key, field in schema.init.items():
        if field.kind == "str":
            assert first["init"][key] != second["init"][key]


@each_schema
def test_beginning_shows_only_what_is_known_before(schema: RecorderSchema) -> None:
    recorder = episodes.typical(schema, random.Random(1))
    assert episodes.beginning(recorder) == {"init": recorder["init"], "steps": [], "reward": 0.0}


def test_long_text_has_the_length_asked_for() -> None:
    assert len(long_text(16_384)) == 16_384
    assert long_text(500) == long_text(500)
    assert "\n" not in long_text(500)
