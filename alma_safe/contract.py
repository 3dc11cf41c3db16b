"""What a memory design is: the classes it builds on and the limits of the contract.

Only the standard library is imported here: the same file is read by the type
checker and runs inside the guest, where designs import it as
``alma_safe.contract`` or under ALMA's names (``agents.memo_structure``,
``eval_envs.base_envs``).

A design is one UTF-8 Python file that defines exactly one concrete
:class:`MemoStructure` subclass with a no-argument constructor, and any number
of :class:`Sub_memo_layer` subclasses. Source: ALMA, arXiv 2602.07755.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Basic_Recorder", "MemoStructure", "Sub_memo_layer"]


@dataclass
class Basic_Recorder:
    """What one episode left behind.

    ``init``: what the agent sees before its first action. ``steps``: one dict
    per action, in order. ``reward``: the outcome, in [0, 1]. Keys by domain:
    see ``envs/<domain>/recorder.toml``. A design reads it and never changes it.
    """

    init: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    reward: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)
    memory_retrieved: dict[str, Any] = field(default_factory=dict)

    async def log_init(self, **kwargs: Any) -> None:
        """Called by environments, not by designs."""

    async def log_step(self, **kwargs: Any) -> None:
        """Called by environments, not by designs."""

    async def set_reward(self, **kwargs: Any) -> None:
        """Called by environments, not by designs."""


@dataclass
class Sub_memo_layer(ABC):
    """One layer of a design: its own store, one way in, one way out."""

    layer_intro: str = ""
    database: Any = None

    @abstractmethod
    async def retrieve(self, **kwargs: Any) -> Any:
        """Return what this layer knows for the given query."""

    @abstractmethod
    async def update(self, **kwargs: Any) -> Any:
        """Take in what this layer should remember."""


class MemoStructure(ABC):
    """A memory design: chains its layers for both directions."""

    def __init__(self) -> None:
        self.database: Any = None

    @abstractmethod
    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Return what the agent should read before the episode: a JSON object.

        Only ``recorder.init`` is filled. Works on an empty memory.
        """

    @abstractmethod
    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Take in a finished episode: ``init``, ``steps`` and ``reward``."""
