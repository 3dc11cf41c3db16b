"""What a guest may ask for: text, of models that the policy grants, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.policy import BrokerPolicy
from alma_safe.sandbox.base import CallRefused
from alma_safe.sandbox.broker.asked import (
    ChatRequest,
    EmbedRequest,
    request_of,
    split_effort,
)
from alma_safe.sandbox.broker.schema import plain_schema
from tests.sandbox import jail


def policy(**values: Any) -> BrokerPolicy:
    return jail.policy(broker=values).broker


def chat(content: Any = "hello", limits: BrokerPolicy | None = None, **more: Any) -> ChatRequest:
    payload = {"messages": [{"role": "user", "content": content}], **more}
    request = request_of("chat", payload, limits or policy())
    assert isinstance(request, ChatRequest)
    return request


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("embed", {}), ("embed", {"texts": "abc"}), ("embed", {"texts": [1]}),
        ("embed", {"texts": {"a": 1}}), ("embed", {"texts": ["a"], "base_url": "http://x"}),
        ("chat", {}), ("chat", {"messages": 5}), ("chat", {"messages": ["a"]}),
        ("chat", {"messages": [[]]}), ("chat", {"messages": [{"role": "tool", "content": "a"}]}),
        ("chat", {"messages": [{"role": ["user"], "content": "a"}]}),
        ("chat", {"messages": [{"role": "user", "content": "a", "tool_calls": []}]}),
        ("chat", {"messages": "a", "headers": {"Authorization": "x"}}),
        ("chat", {"messages": "a", "api_key": "x"}), ("chat", {"messages": "a", "base_url": "x"}),
        ("chat", {"messages": "a", "tools": []}), ("chat", {"messages": "a", "max_tokens": 9**9}),
        ("chat", {"messages": "a", "temperature": "hot"}),
        ("chat", {"messages": "a", "temperature": 3}),
        ("chat", {"messages": "a", "temperature": True}),
        ("chat", {"messages": "a", "reasoning_effort": "maximal"}),
        ("chat", {"messages": "a", "reasoning_effort": {}}),
        ("fetch", {"url": "http://127.0.0.1/"}), ("read", {"path": "/etc/passwd"}), ("", {}),
    ],
)  # fmt: skip
def test_what_is_no_call_is_refused(kind, payload):
    with pytest.raises(CallRefused, match=r"must|unknown"):
        request_of(kind, payload, policy())


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}},
        {"type": "image_url", "image_url": {"url": "http://169.254.169.254/latest/meta-data"}},
        {"type": "input_file", "file_id": "file-1"}, {"type": "file", "file": {"file_data": "x"}},
        {"type": "input_audio", "input_audio": {}}, {"type": "text"}, {"text": "a"},
        {"type": "text", "text": "a", "cache_control": {}}, 7,
    ],
)  # fmt: skip
def test_only_text_parts_cross(part):
    with pytest.raises(CallRefused, match="only text"):
        chat([{"type": "text", "text": "look"}, part])


def test_texts_without_a_character_cannot_fill_the_host_with_vectors():
    assert isinstance(request_of("embed", {"texts": [""] * 2048}, policy()), EmbedRequest)
    with pytest.raises(CallRefused, match="at most 2048"):
        request_of("embed", {"texts": [""] * 2049}, policy())


def test_text_parts_are_joined():
    assert chat([{"type": "text", "text": "one"}, "two"]).messages == (("user", "one\ntwo"),)


def test_a_design_has_no_say_in_the_model():
    limits = policy(models=(("gpt-4.1", "small/low"), ("*", "tiny")), embeddings=(("e", "f"),))
    assert chat(limits=limits, model="gpt-4.1").model == "small"
    assert chat(limits=limits, model="gpt-4.1").effort == "low"
    assert chat(limits=limits, model="gpt-4.1/high").effort == "low"
    assert chat(limits=limits, model="gpt-4.1", reasoning_effort="high").effort == "low"
    assert chat(limits=limits, model="gpt-9-ultra").model == "tiny"
    assert chat(limits=limits, model={"$ref": "x"}).model == "tiny"
    assert chat(limits=limits, reasoning_effort="high").effort == "high"
    with pytest.raises(CallRefused, match="the model g is not offered"):
        request_of("embed", {"texts": [], "model": "g"}, limits)


def test_without_a_wildcard_models_that_are_not_listed_are_refused():
    limits = policy(models=(("gpt-4.1", "small"),))
    assert chat(limits=limits, model="gpt-4.1").model == "small"
    for model in ("gpt-4.1-mini", "", None, 7):
        with pytest.raises(CallRefused, match="not offered"):
            chat(limits=limits, model=model)


@pytest.mark.parametrize(
    ("name", "parted"),
    [
        ("gpt-5-nano/low", ("gpt-5-nano", "low")), ("gpt-4.1", ("gpt-4.1", None)),
        ("openai/gpt-4o", ("openai/gpt-4o", None)),
        ("openai/gpt-5/high", ("openai/gpt-5", "high")), ("/low", ("/low", None)),
    ],
)  # fmt: skip
def test_model_and_effort(name, parted):
    assert split_effort(name) == parted


def test_references_patterns_and_identifiers_do_not_cross():
    schema = {
        "$schema": "http://127.0.0.1/meta", "$id": "file:///etc/passwd", "type": "object",
        "$defs": {"x": {"type": "string"}},
        "properties": {
            "a": {"$ref": "file:///etc/passwd"}, "b": {"$ref": "#/$defs/x", "type": "string"},
            "c": {"type": "string", "pattern": "(a+)+$"}, "d": {"items": {"$dynamicRef": "#"}},
            "e": {"anyOf": [{"$ref": "http://127.0.0.1/"}, {"type": "null"}]}, "f": 7,
        },
        "required": ["a"], "additionalProperties": False,
    }  # fmt: skip
    assert plain_schema(schema) == {
        "type": "object",
        "properties": {
            "a": {}, "b": {"type": "string"}, "c": {"type": "string"}, "d": {"items": {}},
            "e": {"anyOf": [{}, {"type": "null"}]}, "f": {},
        },
        "required": ["a"], "additionalProperties": False,
    }  # fmt: skip


def test_a_schema_without_bottom_or_of_great_width_is_refused():
    deep: dict[str, Any] = {"type": "object"}
    inner = deep
    for _ in range(200):
        inner["properties"] = {"x": {"type": "object"}}
        inner = inner["properties"]["x"]
    wide = {"type": "object", "properties": {str(n): {} for n in range(5000)}}
    for schema in (deep, wide):
        with pytest.raises(CallRefused, match="a schema has at most"):
            chat(schema=schema)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "items", "anyOf", "$ref", "role", "content"])
            | st.text(max_size=8),
            inner,
        )
    ),
    max_leaves=12,
)


@given(json_values, json_values)
def test_any_payload_is_a_request_of_text_or_refused(value, schema):
    payloads = [
        ("chat", {"messages": value, "schema": schema}), ("embed", {"texts": value}),
        ("chat", {"messages": [{"role": "user", "content": value}], "temperature": schema}),
    ]  # fmt: skip
    for kind, payload in payloads:
        try:
            request = request_of(kind, payload, policy())
        except CallRefused:
            continue
        if isinstance(request, EmbedRequest):
            assert all(isinstance(text, str) for text in request.texts)
        else:
            assert all(isinstance(text, str) for pair in request.messages for text in pair)
            assert "$ref" not in _keys_of_schemas(request.schema)


def _keys_of_schemas(schema: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, dict):
        found |= schema.keys()
        for key in ("items", "additionalProperties", "not"):
            found |= _keys_of_schemas(schema.get(key))
        for key in ("anyOf", "oneOf", "allOf"):
            for part in schema.get(key) if isinstance(schema.get(key), list) else ():
                found |= _keys_of_schemas(part)
        properties = schema.get("properties")
        for part in properties.values() if isinstance(properties, dict) else ():
            found |= _keys_of_schemas(part)
    return found


def test_json_of_a_plain_schema_is_stable():
    assert json.dumps(plain_schema({"x": {"type": "string"}})) == (
        '{"type": "object", "properties": {"x": {"type": "string"}}}'
    )
