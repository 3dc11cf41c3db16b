"""A design that does nothing, and no model: for who looks at the wall around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from alma_safe.sandbox.base import CallRefused

IDLE = b"""
from alma_safe.contract import MemoStructure
class Idle(MemoStructure):
    async def general_retrieve(self, recorder): return {}
    async def general_update(self, recorder): return None
"""


async def no_model(kind: str, payload: Mapping[str, Any]) -> NoReturn:
    """Answer no call."""
    raise CallRefused("there is no model here")
