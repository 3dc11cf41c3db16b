from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
from array import array
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.policy import load_policy
from alma_safe.sandbox.base import CallRefused
from alma_safe.sandbox.broker import Broker, LocalModel
from alma_safe.sandbox.broker.local import WIDTH


def ask(kind: str, payload: Any) -> Any:
    return asyncio.run(Broker(load_policy().broker, LocalModel())(kind, payload))


def chat(text: Any, schema: Any = None) -> Any:
    return ask("chat", {"messages": text, "schema": schema})


def vectors(texts: list[str]) -> list[list[float]]:
    reply = ask("embed", {"texts": texts})
    flat = array("f")
    flat.frombytes(base64.b64decode(reply["data"], validate=True))
    width = reply["width"]
    return [flat[start : start + width].tolist() for start in range(0, len(flat), width)]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=8,
    )
)
def test_any_payload_is_answered_or_refused(value):
    for kind in ("chat", "embed"):
        for payload in ({"messages": value, "schema": value}, {"texts": value}):
            try:
                json.dumps(ask(kind, payload), allow_nan=False)
            except CallRefused:
                pass


SCHEMAS = [
    {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
     "required": ["a", "b"], "additionalProperties": False},
    {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "number"}},
     "choice": {"enum": ["x", "y"]}, "flag": {"type": "boolean"}}, "required": ["list", "choice"]},
    {"properties": {"deep": {"properties": {"n": {"type": ["null", "integer"]}}}}},
    {"type": "object"},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_answer_fits_its_schema(schema):
    jsonschema.validate(json.loads(chat("One thing. Another thing! A third?", schema)), schema)


def test_a_bare_map_of_properties_stands_for_an_object_with_them():
    bare = {"lesson": {"type": "string"}, "score": {"type": "integer"}, "tags": {"type": "array"}}
    answer = json.loads(chat("The door was locked. Use the key.", bare))
    jsonschema.validate(
        answer, {"type": "object", "properties": bare, "required": ["lesson", "score", "tags"]}
    )


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ('Answer in JSON: {"lesson": "...", "steps": ["..."], "score": 0.5, "done": true}',
         {"lesson": str, "steps": list, "score": float, "done": bool}),
        ("Return a JSON object.", {}),
        ('Respond with a JSON list of {"rule": "..."}', [{"rule": str}]),
        ("Output only a JSON array of strings", [str]),
    ],
)  # fmt: skip
def test_json_that_is_asked_for_in_words_is_answered(asked, answer):
    def kind(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: type(inner) for key, inner in value.items()}
        return [kind(value[0])] if isinstance(value, list) else type(value)

    messages = [
        {"role": "system", "content": asked},
        {"role": "user", "content": "The door was locked. The key was under the mat."},
    ]
    assert kind(json.loads(ask("chat", {"messages": messages}))) == answer


def test_json_that_is_only_spoken_of_is_answered_in_words():
    said = 'The last observation was JSON. {"lesson": "open the door"}'
    assert ask("chat", {"messages": said}).startswith("The last observation")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": {"type": "string"}, "lesson": {"type": "string"}},
        {"properties": {"type": "array", "items": {"type": "string"}}, "lesson": "string"},
        {"name": "lessons", "strict": True, "schema": {
            "type": "object", "properties": {"lesson": {"type": "string"}}}},
        {"type": "json_schema", "json_schema": {"name": "lessons", "schema": {
            "properties": {"lesson": {"type": "string"}}}}},
    ],
)  # fmt: skip
def test_schemas_as_models_write_them_have_their_keys_answered(schema):
    answer = json.loads(chat("The door was locked. Use the key.", schema))
    assert isinstance(answer["lesson"], str)
    assert not {"schema", "json_schema", "strict"} & answer.keys()


@pytest.mark.parametrize(
    "rules",
    [
        {"type": "array", "items": {"text": {"type": "string"}, "type": {"type": "string"}}},
        [{"text": "string", "reason": "why it holds"}],
    ],
)
def test_a_map_of_properties_inside_a_schema_stands_for_an_object_too(rules):
    answer = json.loads(chat("The door was locked. Use the key.", {"rules": rules}))
    assert all(isinstance(rule["text"], str) for rule in answer["rules"])


@pytest.mark.parametrize("schema", [[], "x", 7, {"$ref": "file:///etc/passwd"}, {"type": 3}])
def test_an_odd_schema_still_gives_json(schema):
    assert "root:" not in json.dumps(json.loads(chat("Go on.", schema)))


def test_an_empty_question_has_an_answer():
    assert chat([]) == chat("") == "no detail"


def test_vectors_cross_as_base64_rows_of_unit_length():
    one, two, none = vectors(["open the red door", "open the blue door", "!!!"])
    assert len(one) == len(two) == WIDTH
    assert sum(value * value for value in one) == pytest.approx(1, abs=1e-5)
    assert set(none) == {0.0}
    assert ask("embed", {"texts": []}) == {"width": 0, "data": ""}


def test_texts_that_share_words_are_nearer():
    query, near, far = vectors(["take the brass key", "the brass key is taken", "rain in spring"])

    def dot(left: list[float], right: list[float]) -> float:
        return sum(a * b for a, b in zip(left, right, strict=True))

    assert dot(query, near) > dot(query, far)


def test_lone_surrogates_can_be_embedded():
    assert len(vectors(["\ud800 word"])) == 1


def test_answers_do_not_depend_on_the_hash_seed():
    code = (
        "import asyncio\nfrom alma_safe.sandbox.broker import ChatRequest, EmbedRequest, LocalModel\n"
        "async def main():\n"
        "    model = LocalModel()\n"
        "    print(await model.embed(EmbedRequest(model='m', texts=('a b c', 'd'))))\n"
        "    said = (('user', 'One. Two two.'),)\n"
        "    schema = {'properties': {'x': {}}}\n"
        "    print(await model.chat(ChatRequest(model='m', messages=said, schema=schema)))\n"
        "asyncio.run(main())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(said) == 1
