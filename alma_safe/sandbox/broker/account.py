"""Budgets: what is asked for is reserved before the call and settled after it.

A reservation counts as spent until it is settled, so that calls that run at the same
time cannot each take the last of a budget.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from alma_safe.policy import BrokerPolicy
from alma_safe.sandbox.base import CallRefused


class BudgetSpent(CallRefused):
    """The design has used up what the policy grants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Calls, tokens of questions and answers, US dollars."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            usd=self.usd + other.usd,
        )

    def __sub__(self, other: Amount) -> Amount:
        return Amount(
            calls=self.calls - other.calls,
            tokens=self.tokens - other.tokens,
            usd=self.usd - other.usd,
        )

    def times(self, count: int) -> Amount:
        """So many of it."""
        return Amount(calls=self.calls * count, tokens=self.tokens * count, usd=self.usd * count)


class Budget:
    """A limit, and what of it is spent or reserved."""

    def __init__(self, name: str, limit: Amount) -> None:
        self.name = name
        self.limit = limit
        self.used = Amount()

    def lacks(self, amount: Amount) -> str:
        """Return which unit the amount would overdraw, or an empty string."""
        if self.used.calls + amount.calls > self.limit.calls:
            return f"{self.limit.calls} calls"
        if self.used.tokens + amount.tokens > self.limit.tokens:
            return f"{self.limit.tokens} tokens"
        if self.used.usd + amount.usd > self.limit.usd:
            return f"{self.limit.usd:g} USD"
        return ""


class Hold:
    """A reservation in several budgets; settled once, with what the call really took."""

    def __init__(self, budgets: tuple[Budget, ...], reserved: Amount) -> None:
        for budget in budgets:
            if lacking := budget.lacks(reserved):
                raise BudgetSpent(f"the budget of one {budget.name} is spent: {lacking}")
        for budget in budgets:
            budget.used += reserved
        self._budgets = budgets
        self._reserved = reserved

    def settle(self, spent: Amount) -> None:
        """Replace the reservation by what was spent."""
        if spent != self._reserved:
            for budget in self._budgets:
                budget.used += spent - self._reserved
            self._reserved = spent


class Account:
    """The budget of one run, shared by all brokers of it, and its cap on calls at a time."""

    def __init__(self, policy: BrokerPolicy) -> None:
        self.run = Budget(
            "run",
            Amount(calls=policy.run_calls, tokens=policy.run_tokens, usd=policy.run_usd),
        )
        self.slots = asyncio.Semaphore(policy.concurrency)


class Episodes:
    """The budget of the episodes that are being served.

    Which of several concurrent calls of a design a brokered call belongs to is a guest's
    word, so they have their budgets in common. What a design does outside of any call has
    the budget of one episode, once.
    """

    def __init__(self, policy: BrokerPolicy) -> None:
        self._each = Amount(
            calls=policy.episode_calls, tokens=policy.episode_tokens, usd=policy.episode_usd
        )
        self._outside = self.current = Budget("episode", self._each)
        self._open = 0

    @contextlib.contextmanager
    def serving(self, count: int) -> Iterator[None]:
        """Grant the budgets of so many episodes while they are served."""
        if self._open == 0:
            self.current = Budget("episode", Amount())
        self.current.limit += self._each.times(count)
        self._open += count
        try:
            yield
        finally:
            self._open -= count
            if self._open == 0:
                self.current = self._outside
