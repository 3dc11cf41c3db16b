"""What is attempted, on each kind of machine: with its own numbers, or not at all."""

from __future__ import annotations

import os
import re

import pytest

from alma_safe.sandbox.witness.table import CALLED, FILTERED, OTHERS, on
from alma_safe.seccomp import numbers

FOREIGN = "foreign ABI (int 0x80)"


def called(machine: str) -> dict[str, dict[str, int]]:
    """The numbers that each attempt is given, for those that call something by its name."""
    found = {}
    for witness in on(machine):
        given = re.search(r"^numbers = dict\((.*)\)$", witness.body, re.MULTILINE)
        if given is None:
            assert "call(" not in witness.body
            continue
        pairs = (pair.split("=") for pair in given[1].split(", ") if pair)
        found[witness.name] = {name: int(number) for name, number in pairs}
    return found


@pytest.mark.parametrize(
    ("machine", "some"),
    [
        (numbers.X86_64, {"ptrace": 101, "clone": 56, "shmget": 29, "mount": 165, "keyctl": 250}),
        (numbers.AARCH64, {"ptrace": 117, "clone": 220, "shmget": 194, "mount": 40, "keyctl": 219}),
    ],
)
def test_calls_are_made_by_the_numbers_of_the_machine(machine, some):
    attempts = called(machine)
    assert "tracing" in attempts
    for given in attempts.values():
        assert given == {name: numbers.number(name, machine) for name in CALLED}
        assert some.items() <= given.items()


@pytest.mark.parametrize("machine", sorted(numbers.AUDIT_ARCH))
def test_what_is_called_is_known_and_what_is_known_is_called(machine):
    bodies = "\n".join(witness.body for witness in on(machine))
    assert set(re.findall(r"\bcall\('(\w+)'", bodies)) == set(CALLED)
    # By its name, never by a number that another machine has for something else.
    assert re.findall(r"\bcall\(\d", bodies) == []


def test_the_old_entry_of_x86_is_attempted_there_alone():
    names = {machine: [one.name for one in on(machine)] for machine in numbers.AUDIT_ARCH}
    assert FOREIGN in names[numbers.X86_64]
    assert names[numbers.AARCH64] == [name for name in names[numbers.X86_64] if name != FOREIGN]


def test_a_machine_without_a_table_has_attempts_that_know_no_number():
    """They raise, with and without the guard: what could not be tried is not witnessed."""
    assert set(map(str, called("riscv64").values())) == {"{}"}


@pytest.mark.skipif(os.uname().machine not in numbers.AUDIT_ARCH, reason="no table")
def test_here_it_is_what_this_machine_has():
    assert (*FILTERED, *OTHERS) == on(os.uname().machine)
