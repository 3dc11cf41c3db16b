"""A policy of system calls, read once and rendered for whatever enforces it."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from alma_safe.errors import PolicyError
from alma_safe.seccomp import bpf, numbers
from alma_safe.seccomp.conditions import FULL, Clause, Compare, clauses, holds
from alma_safe.seccomp.parse import Action, Rule, parse

_DOCKER_ACTIONS = {
    "allow": "SCMP_ACT_ALLOW",
    "errno": "SCMP_ACT_ERRNO",
    "kill": "SCMP_ACT_KILL_PROCESS",
}
_DOCKER_ARCHITECTURES = {
    numbers.X86_64: "SCMP_ARCH_X86_64",
    numbers.AARCH64: "SCMP_ARCH_AARCH64",
}


@dataclass(frozen=True, slots=True)
class SeccompPolicy:
    """Rules in order and what happens to a call that none of them names."""

    rules: tuple[Rule, ...]
    default: Action

    @classmethod
    def parse(cls, text: str) -> SeccompPolicy:
        """Read a policy text. Raises PolicyError."""
        return cls(*parse(text))

    def restricted(self, *, deny: Collection[str]) -> SeccompPolicy:
        """The same policy without the calls in ``deny``: they get EPERM."""
        for name in deny:
            if not numbers.known(name):
                raise PolicyError(f"there is no system call {name}")
        refused = tuple(
            Rule(name=name, action=Action(kind="errno", errno=1)) for name in sorted(deny)
        )
        kept = tuple(
            rule for rule in self.rules if rule.name not in deny or rule.action.kind == "kill"
        )
        return SeccompPolicy((*kept, *refused), self.default)

    def decide(self, name: str, arguments: Sequence[int] = (0,) * 6) -> Action:
        """What happens to one call, by its common name: the first rule that holds."""
        for rule in self.rules:
            if rule.name != name:
                continue
            if rule.condition is None or holds(rule.condition, arguments):
                return rule.action
        return self.default

    def bpf(self, machine: str | None = None) -> bytes:
        """Return the program for seccomp(2), for this kind of machine unless another is named."""
        return bpf.assemble(self.rules, self.default, _machine(machine))

    def docker_profile(self, machine: str | None = None) -> dict[str, Any]:
        """Return the policy as a container engine's profile.

        An engine has no order of rules: where a call has conditions, what is left of it
        gets the default.
        """
        conditional = {rule.name for rule in self.rules if rule.condition is not None}
        entries = []
        for rule in self.rules:
            if rule.condition is not None:
                entries += [
                    _entry([rule.name], rule.action, args)
                    for args in map(_arguments, clauses(rule.condition))
                    if args is not None
                ]
        plain: dict[Action, list[str]] = {}
        for rule in self.rules:
            if rule.condition is None and rule.name not in conditional:
                plain.setdefault(rule.action, []).append(rule.name)
        entries += [_entry(names, action, []) for action, names in plain.items()]
        return {
            "defaultAction": _DOCKER_ACTIONS[self.default.kind],
            "defaultErrnoRet": self.default.errno,
            # The native one alone: the engine refuses every call of another.
            "architectures": [_DOCKER_ARCHITECTURES[_machine(machine)]],
            "syscalls": entries,
        }


def _machine(name: str | None) -> str:
    machine = name or os.uname().machine
    if machine not in numbers.AUDIT_ARCH:
        raise PolicyError(f"there is no table of system calls for {machine}")
    return machine


def _entry(names: list[str], action: Action, args: list[dict[str, Any]]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "names": names,
        "action": _DOCKER_ACTIONS[action.kind],
        "args": args,
    }
    if action.kind == "errno":
        entry["errnoRet"] = action.errno
    return entry


def _arguments(clause: Clause) -> list[dict[str, Any]] | None:
    """The comparisons of a clause, one for each argument; None if no call can fulfil them.

    An engine takes several comparisons of the same argument for alternatives, so they
    have to become one.
    """
    masks: dict[int, int] = {}
    values: dict[int, int] = {}
    differing: dict[int, dict[str, Any]] = {}
    for compare in clause:
        argument, mask, value = compare.argument, compare.mask, compare.value
        if not compare.equal:
            if mask.bit_count() != 1:
                differing[argument] = _unequal(compare)
                continue
            # Of one bit, not the one value is the other.
            value ^= mask
        known = masks.get(argument, 0)
        if (values.get(argument, 0) ^ value) & known & mask:
            return None
        masks[argument] = known | mask
        values[argument] = values.get(argument, 0) | value
    if any(argument in masks for argument in differing):
        raise PolicyError("a container engine cannot ask two things of one argument")
    equal = [_equal(argument, masks[argument], values[argument]) for argument in sorted(masks)]
    return [*equal, *differing.values()]


def _equal(argument: int, mask: int, value: int) -> dict[str, Any]:
    if mask == FULL:
        return {"index": argument, "value": value, "valueTwo": 0, "op": "SCMP_CMP_EQ"}
    return {"index": argument, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}


def _unequal(compare: Compare) -> dict[str, Any]:
    if compare.mask != FULL:
        raise PolicyError("a container engine cannot ask whether several bits differ")
    return {
        "index": compare.argument,
        "value": compare.value,
        "valueTwo": 0,
        "op": "SCMP_CMP_NE",
    }
