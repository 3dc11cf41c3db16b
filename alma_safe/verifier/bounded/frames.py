"""Length-prefixed JSON between the host and the worker: 4 bytes big-endian, then UTF-8."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

HEADER = 4
MAX_FRAME = 8 * 1024 * 1024
"""Bytes of one frame; a policy, a source or the findings of one design fit many times."""


def encode(message: Mapping[str, Any]) -> bytes:
    """Return one frame."""
    body = json.dumps(message, separators=(",", ":")).encode("utf-8")
    return len(body).to_bytes(HEADER, "big") + body


def length(header: bytes) -> int:
    """Return the size of the body. Raises ValueError for a frame above the cap."""
    size = int.from_bytes(header, "big")
    if size > MAX_FRAME:
        raise ValueError(f"a frame of {size} bytes")
    return size


def decode(body: bytes) -> dict[str, Any]:
    """Return the message. Raises ValueError for what is not a JSON object."""
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("a frame that is not an object")
    return message
