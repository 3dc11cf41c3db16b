"""What the guest finds wrong with a model's JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.sandbox.guest.almaguest.schema import mismatch


@pytest.mark.parametrize(
    ("value", "schema", "wrong"),
    [
        ({"type": "rule"}, {"type": {"type": "string"}}, ""),
        (["rule"], {"type": {"type": "string"}}, "$ is not an object"),
        ({"properties": []}, {"properties": {"type": "array"}, "lesson": "text"}, ""),
        ({"rules": [{"type": 7}]},
         {"type": "object", "properties": {"rules": {"items": {"type": {"type": "string"}}}}}, ""),
        ({"a": 7}, {"properties": {"a": {"type": "string"}}}, "$.a is not of type string"),
        ({"a": "z"}, {"properties": {"a": {"enum": ["x"]}}}, "$.a is none of ['x']"),
        ({}, {"type": "object", "required": ["a"]}, "$ lacks a"),
        ({}, {"type": "object", "required": True}, ""),
    ],
)  # fmt: skip
def test_an_answer_is_held_against_what_the_schema_says(value, schema, wrong):
    assert mismatch(value, schema) == wrong


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "items", "enum", "required", "a"]), inner
        )
    ),
    max_leaves=10,
)


@given(json_values, json_values)
def test_no_schema_makes_it_fail(value, schema):
    assert isinstance(mismatch(value, schema), str)
