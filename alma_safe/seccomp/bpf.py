"""A policy as a classic BPF program, as seccomp(2) takes it.

Straight code: each call has a block of its own, and the kernel itself remembers which
calls are allowed without looking at their arguments, so their blocks are never run.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Sequence

from alma_safe.errors import PolicyError
from alma_safe.seccomp import numbers
from alma_safe.seccomp.conditions import ALWAYS, Clause, Compare, clauses
from alma_safe.seccomp.parse import Action, Rule

_LOAD, _AND = 0x20, 0x54
_JUMP_EQUAL, _JUMP_AT_LEAST = 0x15, 0x35
_RETURN = 0x06
_MAX_JUMP = 255
_MAX_LENGTH = 4096

# Offsets in struct seccomp_data.
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16

_RET_KILL_PROCESS, _RET_ERRNO, _RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000

type Instruction = tuple[int, int, int, int]
"""(code, jump if true, jump if false, constant)"""


def assemble(rules: Iterable[Rule], default: Action, machine: str) -> bytes:
    """Return the program for one kind of machine; foreign ABIs are killed."""
    program = _native(machine, x32=False)
    by_number: dict[int, list[Rule]] = {}
    for rule in rules:
        found = numbers.number(rule.name, machine)
        if found is not None:
            by_number.setdefault(found, []).append(rule)
    for code, about in by_number.items():
        block = _block(about, default)
        program += [(_JUMP_EQUAL, 0, _near(len(block)), code), *block]
    program.append((_RETURN, 0, 0, _value(default)))
    if len(program) > _MAX_LENGTH:
        raise PolicyError(f"the seccomp policy makes a program of {len(program)} instructions")
    return _packed(program)


def native_only(machine: str, *, x32: bool) -> bytes:
    """Return a program that kills the process for a call of a foreign ABI, and allows the rest.

    For on top of a filter that decides on the rest. ``x32``: which has the architecture of
    x86_64, is left to that filter too.
    """
    return _packed([*_native(machine, x32=x32), (_RETURN, 0, 0, _RET_ALLOW)])


def _native(machine: str, *, x32: bool) -> list[Instruction]:
    """Kill what is of a foreign ABI; what falls out has its number loaded."""
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQUAL, 1, 0, numbers.AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _RET_KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == numbers.X86_64 and not x32:
        program += [
            (_JUMP_AT_LEAST, 0, 1, numbers.X32_BIT),
            (_RETURN, 0, 0, _RET_KILL_PROCESS),
        ]
    return program


def _packed(program: Iterable[Instruction]) -> bytes:
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _block(rules: Sequence[Rule], default: Action) -> list[Instruction]:
    """What is done with one call: the first rule that holds, else the default."""
    block: list[Instruction] = []
    for rule in rules:
        alternatives = ALWAYS if rule.condition is None else clauses(rule.condition)
        for clause in alternatives:
            block += _clause(clause, rule.action)
        if rule.condition is None:
            return block
    return [*block, (_RETURN, 0, 0, _value(default))]


def _clause(clause: Clause, action: Action) -> list[Instruction]:
    """Return with the action if all comparisons hold, else fall out at the end."""
    code: list[Instruction] = [(_RETURN, 0, 0, _value(action))]
    for compare in reversed(clause):
        code = [*_compare(compare, len(code)), *code]
    return code


def _compare(compare: Compare, rest: int) -> list[Instruction]:
    """Fall through if it holds, else jump over the ``rest`` that follows."""
    halves = [_half(compare, low) for low in (True, False)]
    # Halves that no mask looks at are always equal.
    tested = [half for half in halves if half[1]]
    if not tested:
        return [] if compare.equal else [(_JUMP_EQUAL, _near(rest), _near(rest), 0)]
    code: list[Instruction] = []
    for offset, mask, value in reversed(tested):
        last = not code
        if compare.equal:
            test = (_JUMP_EQUAL, 0, _near(rest + len(code)), value)
        elif last:
            test = (_JUMP_EQUAL, _near(rest), 0, value)
        else:
            # One half that differs is enough: over the test of the other.
            test = (_JUMP_EQUAL, 0, _near(len(code)), value)
        masking = [] if mask == 0xFFFFFFFF else [(_AND, 0, 0, mask)]
        code = [(_LOAD, 0, 0, offset), *masking, test, *code]
    return code


def _half(compare: Compare, low: bool) -> tuple[int, int, int]:
    """Offset, mask and value of one 32-bit half of a comparison."""
    shift = 0 if low else 32
    first = low is (sys.byteorder == "little")
    offset = _ARGUMENTS + 8 * compare.argument + (0 if first else 4)
    return offset, (compare.mask >> shift) & 0xFFFFFFFF, (compare.value >> shift) & 0xFFFFFFFF


def _value(action: Action) -> int:
    if action.kind == "allow":
        return _RET_ALLOW
    return _RET_KILL_PROCESS if action.kind == "kill" else _RET_ERRNO | action.errno


def _near(distance: int) -> int:
    if distance > _MAX_JUMP:
        raise PolicyError("a condition of the seccomp policy is too long for the kernel")
    return distance
