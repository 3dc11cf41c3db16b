"""What an agent is: something that is told of a memory once, then acts on views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from alma_safe.domains.base import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What an agent's models took for one episode, in tokens and US dollars."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        """Return what both took together."""
        return Spent(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            usd=self.usd + other.usd,
        )


class Player(Protocol):
    """An agent in one episode."""

    @property
    def spent(self) -> Spent:
        """What it took so far."""

    async def act(self, view: View) -> str:
        """Return the next action."""


class Agent(Protocol):
    """Makes players. ``version`` changes whenever the same memory may give other scores."""

    @property
    def name(self) -> str:
        """As ``--agent`` has it."""

    @property
    def version(self) -> str:
        """Identify how it acts."""

    @property
    def skills(self) -> bool:
        """Whether it acts by the environment's skills where there are any."""

    @property
    def concurrency(self) -> int:
        """Episodes that it can play at the same time for each worker."""

    def player(self, memory: Mapping[str, Any], view: View, seed: int) -> Player:
        """Return a player for an episode that begins with ``view``."""
