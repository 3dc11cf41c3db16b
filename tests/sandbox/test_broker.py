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

from alma_safe.policy import BrokerPolicy
from alma_safe.sandbox.broker import WIDTH, Broker, BudgetSpent, LocalModel

WIDE = BrokerPolicy(max_calls=100, max_call_chars=1000, max_total_chars=5000, concurrency=4)


def ask(kind: str, payload: Any, policy: BrokerPolicy = WIDE) -> Any:
    return asyncio.run(Broker(policy, LocalModel())(kind, payload))


def chat(text: Any, schema: Any = None) -> Any:
    return ask("chat", {"messages": text, "schema": schema})


def vectors(texts: list[str]) -> list[list[float]]:
    reply = ask("embed", {"texts": texts})
    flat = array("f")
    flat.frombytes(base64.b64decode(reply["data"], validate=True))
    width = reply["width"]
    return [flat[start : start + width].tolist() for start in range(0, len(flat), width)]


def test_calls_over_the_budget_are_refused():
    async def main() -> None:
        policy = BrokerPolicy(max_calls=3, max_call_chars=9, max_total_chars=99, concurrency=1)
        broker = Broker(policy, LocalModel())
        for _ in range(3):
            await broker("embed", {"texts": ["a"]})
        with pytest.raises(BudgetSpent, match="budget"):
            await broker("chat", {"messages": "a"})
        assert (broker.calls, broker.chat_calls) == (4, 1)

    asyncio.run(main())


def test_characters_over_the_budget_are_refused_in_total_and_in_one_call():
    async def main() -> None:
        policy = BrokerPolicy(max_calls=99, max_call_chars=10, max_total_chars=25, concurrency=1)
        broker = Broker(policy, LocalModel())
        with pytest.raises(BudgetSpent, match="one call"):
            await broker("embed", {"texts": ["a" * 6, "b" * 6]})
        await broker("embed", {"texts": ["a" * 10]})
        with pytest.raises(BudgetSpent, match="spent"):
            await broker("chat", {"messages": "c" * 10})

    asyncio.run(main())


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("embed", {}), ("embed", {"texts": "abc"}), ("embed", {"texts": [1]}),
        ("embed", {"texts": {"a": 1}}), ("chat", {}), ("chat", {"messages": 5}),
        ("chat", {"messages": ["a"]}), ("chat", {"messages": [[]]}),
        ("fetch", {"url": "http://127.0.0.1/"}), ("read", {"path": "/etc/passwd"}), ("", {}),
    ],
)  # fmt: skip
def test_what_is_no_call_is_refused(kind, payload):
    with pytest.raises(ValueError, match=r"must be|unknown"):
        ask(kind, payload)


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
            except (ValueError, BudgetSpent):
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


@pytest.mark.parametrize("schema", [[], "x", 7, {"$ref": "file:///etc/passwd"}, {"type": 3}])
def test_an_odd_schema_still_gives_json(schema):
    assert "root:" not in json.dumps(json.loads(chat("Go on.", schema)))


def test_a_schema_without_bottom_ends():
    schema: dict[str, Any] = {"type": "object"}
    inner = schema
    for _ in range(200):
        inner["properties"] = {"x": {"type": "object"}}
        inner = inner["properties"]["x"]
    json.loads(chat("Down.", schema))


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
        "import asyncio\nfrom alma_safe.sandbox.broker import LocalModel\n"
        "async def main():\n"
        "    model = LocalModel()\n"
        "    print(await model.embed(['a b c', 'd']))\n"
        "    print(await model.chat([{'role': 'user', 'content': 'One. Two two.'}], {'x': {}}))\n"
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
