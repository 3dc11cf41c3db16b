from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alma_safe.sandbox.protocol import (
    HEADER,
    MAX_DEPTH,
    Prepared,
    ProtocolViolation,
    decode,
    encode,
    weight,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


def body_of(frame: bytes) -> bytes:
    (size,) = HEADER.unpack(frame[: HEADER.size])
    assert len(frame) == HEADER.size + size
    return frame[HEADER.size :]


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5))
def test_what_is_encoded_is_decoded_again(message):
    assert decode(body_of(encode(message))) == message


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5), st.integers())
def test_a_prepared_payload_is_sent_as_any_other(payload, number):
    message = {"id": number, "payload": Prepared(payload), "deadline": 1.5}
    assert decode(body_of(encode(message))) == {**message, "payload": payload}


def test_a_prepared_payload_is_sent_once():
    frame = encode({"id": 1, "payload": Prepared({"a": [1]}), "deadline": None})
    assert body_of(frame) == b'{"id":1,"deadline":null,"payload":{"a":[1]}}'


def test_a_frame_of_many_small_objects_weighs_more_than_its_text():
    assert weight(b"") == 0
    assert weight(b'"abc"') == 5
    assert weight(b"[]") == weight(b"{}") == 66
    assert weight(b"[{},{}]") == 7 + 3 * 64


@given(st.binary(max_size=300))
@example(b"\xff\xfe{}")
@example(b'{"a": 1}\x00')
@example(b"")
def test_bytes_are_a_message_or_a_violation(body):
    try:
        assert isinstance(decode(body), dict)
    except ProtocolViolation:
        pass


@given(st.text(st.sampled_from('[]{}",:\\0eE-.aun'), max_size=400))
def test_nearly_json_is_a_message_or_a_violation(text):
    try:
        message = decode(text.encode())
    except ProtocolViolation:
        return
    json.dumps(message, allow_nan=False)


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"1", b"null", b'"x"', b"NaN", b'{"a": NaN}', b'{"a": Infinity}',
        b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": -1e400}', b'{"a": ' + b"9" * 400 + b".0}",
        b'{"a": ' + b"9" * 5000 + b"}", b"{", b'{"a"}', b"{'a': 1}", b'{"a": 1} {}', b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}', b'{"a": "\n"}', '{"a": 1}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_no_object_is_a_violation(body):
    with pytest.raises(ProtocolViolation):
        decode(body)


def test_a_number_that_no_float_can_hold_does_not_become_infinite():
    assert math.isfinite(decode(b'{"a": 1e308}')["a"])
    with pytest.raises(ProtocolViolation, match="too large"):
        decode(b'{"a": [[1.0], 2e308]}')


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_is_bounded(opening):
    closing = b"]" if opening == b"[" else b"}"
    inside = MAX_DEPTH - 1
    assert decode(b'{"a":' + opening * inside + b"1" + closing * inside + b"}")
    with pytest.raises(ProtocolViolation, match="deeper"):
        decode(b'{"a":' + opening * (inside + 1) + b"1" + closing * (inside + 1) + b"}")
    with pytest.raises(ProtocolViolation, match="deeper"):
        decode(opening * 1_000_000)


@given(st.text(st.sampled_from('[]{}"\\a'), max_size=60), st.integers(1, MAX_DEPTH + 20))
@settings(max_examples=200)
def test_depth_is_what_json_would_nest_whatever_strings_hold(text, depth):
    body = json.dumps({"s": [text] * 60, "v": text}).encode()
    nested = body[:-1] + b', "d": ' + b"[" * depth + b"]" * depth + b"}"
    if depth < MAX_DEPTH:
        assert decode(nested)["v"] == text
    else:
        with pytest.raises(ProtocolViolation):
            decode(nested)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 101 + b'"' + b'\\"' * 1_000_000,
        b"[" * 101 + b'"\\' * 1_000_000,
        b'{"a":["' + b'x"' * 1_000_000,
        b'"[' * 1_000_000,
        b'{"a":' + b"-" * 1_000_000,
        b'{"a":' + b"1" * 1_000_000,
    ],
    ids=["escaped quotes", "open escapes", "quotes", "brackets", "signs", "digits"],
)
def test_refusing_takes_linear_time(body):
    started = time.process_time()
    with pytest.raises(ProtocolViolation):
        decode(body)
    assert time.process_time() - started < 2


def test_lone_surrogates_cross_as_escapes():
    frame = encode({"a": "\ud800"})
    assert frame.isascii()
    assert decode(body_of(frame)) == {"a": "\ud800"}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_host_sends_no_number_that_json_lacks(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"a": value})


@given(st.integers(1, 500), st.sampled_from(["", "-"]), st.booleans())
@example(308, "-", False)
@example(309, "", False)
def test_integers_beyond_every_float_are_refused_and_long_texts_of_digits_are_not(
    count, sign, quoted
):
    digits = sign + "7" * count
    body = f'{{"id": 1, "value": [{json.dumps(digits) if quoted else digits}]}}'.encode()
    if quoted or count <= 308:
        (value,) = decode(body)["value"]
        assert value == (digits if quoted else int(digits))
        assert quoted or math.isfinite(float(value))
    else:
        with pytest.raises(ProtocolViolation, match="an integer of more than 308 digits"):
            decode(body)
