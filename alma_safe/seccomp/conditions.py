"""Conditions on the arguments of a system call, and their disjunctive normal form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FULL = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """``(argument & mask) == value``, or ``!=``; arguments are unsigned, 64 bits wide."""

    argument: int
    value: int
    mask: int = FULL
    equal: bool = True

    def holds(self, arguments: Sequence[int]) -> bool:
        """Whether these six arguments fulfil it."""
        return ((arguments[self.argument] & self.mask) == self.value) is self.equal


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Condition, ...]


type Condition = Compare | All | Any
type Clause = tuple[Compare, ...]
"""Comparisons that all have to hold."""

ALWAYS: tuple[Clause, ...] = ((),)


def clauses(condition: Condition) -> tuple[Clause, ...]:
    """Return the disjunctive normal form: it holds when all of any one clause do."""
    if isinstance(condition, Compare):
        return ((condition,),)
    if isinstance(condition, Any):
        return tuple(clause for part in condition.parts for clause in clauses(part))
    found = ALWAYS
    for part in condition.parts:
        found = tuple(left + right for left in found for right in clauses(part))
    return found


def holds(condition: Condition, arguments: Sequence[int]) -> bool:
    """Whether six arguments fulfil a condition."""
    if isinstance(condition, Compare):
        return condition.holds(arguments)
    results = (holds(part, arguments) for part in condition.parts)
    return all(results) if isinstance(condition, All) else any(results)
