"""The wire: length-prefixed JSON, read strictly because the other end is hostile.

A frame is 4 bytes of length, big-endian, then that many bytes of UTF-8 JSON.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn

HEADER = struct.Struct(">I")
MAX_DEPTH = 100
"""Levels of nesting that a frame may have."""


_CONTAINER_BYTES = 64


def weight(body: bytes) -> int:
    """Bytes that a frame may take once it is parsed, about: three bytes of text make an object."""
    return len(body) + _CONTAINER_BYTES * (body.count(b"[") + body.count(b"{"))


_LONGEST = 308
"""Digits of an integer that any reader of JSON can make a number of: floats end beyond it."""
_AS_ONE_DIGIT = bytes(ord("0") if code in b"0123456789" else code for code in range(256))

# Possessive, and an unfinished string runs to the end: linear whatever a guest sends.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = bytes(code for code in range(256) if code not in b"[]{}")


class ProtocolViolation(Exception):
    """The guest sent something that is no frame of this protocol."""


class Prepared(dict[str, Any]):
    """A payload that is sent again and again: ``text`` is its JSON, made once.

    Never changed after it was made.
    """

    def __init__(self, payload: Mapping[str, Any]) -> None:
        super().__init__(payload)
        self.text = _ENCODER.encode(self)


def encode(message: Mapping[str, Any]) -> bytes:
    """Return the frame of ``message``, whose ``payload`` may be prepared."""
    payload = message.get("payload")
    if isinstance(payload, Prepared):
        rest = _ENCODER.encode({key: message[key] for key in message if key != "payload"})
        text = f'{rest[:-1]},"payload":{payload.text}}}'
    else:
        text = _ENCODER.encode(message)
    body = text.encode("ascii")
    return HEADER.pack(len(body)) + body


def decode(body: bytes) -> dict[str, Any]:
    """Parse the body of a frame into an object.

    Raises ProtocolViolation for anything but a JSON object of bounded depth without
    NaN, infinities or integers beyond every float.
    """
    if _depth_exceeds(body, MAX_DEPTH):
        raise ProtocolViolation(f"a frame is nested deeper than {MAX_DEPTH} levels")
    try:
        text = body.decode("utf-8")
        if text.startswith("\ufeff"):
            raise ValueError("a byte order mark")
        # Only a long run of digits makes it worth a look at every integer.
        long = b"0" * (_LONGEST + 1) in body.translate(_AS_ONE_DIGIT)
        message = (_STRICT if long else _DECODER).decode(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolViolation(f"a frame is not JSON: {error}") from None
    if not isinstance(message, dict):
        raise ProtocolViolation("a frame is not a JSON object")
    return message


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    """A number too large for a float would come out as an infinity."""
    value = float(digits)
    if not isfinite(value):
        raise ValueError("a number is too large")
    return value


def _whole(digits: str) -> int:
    """An integer that no float comes near would break whoever computes with both."""
    if len(digits.lstrip("-")) > _LONGEST:
        raise ValueError(f"an integer of more than {_LONGEST} digits")
    return int(digits)


# Made once: json.loads and json.dumps make theirs anew for every message with such options.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_STRICT = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole)
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def _depth_exceeds(body: bytes, limit: int) -> bool:
    """Whether brackets outside strings nest deeper than ``limit``."""
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    depth = 0
    # Strings go first and in one pass: they are most of a frame.
    for bracket in _STRING.sub(b"", body).translate(None, delete=_NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > limit:
            return True
    return False
