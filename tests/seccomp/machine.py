"""What the kernel does with a classic BPF program, in a few lines."""

from __future__ import annotations

import struct
from collections.abc import Sequence

LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06


def data(number: int, architecture: int, arguments: Sequence[int] = (0,) * 6) -> bytes:
    """A struct seccomp_data."""
    return struct.pack("=iIQ6Q", number, architecture, 0, *arguments)


def run(program: bytes, given: bytes) -> int:
    """Return what the program returns; fails where the kernel's checker would refuse it."""
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    assert 0 < len(code) <= 4096
    at, accumulator = 0, 0
    for _ in range(len(code)):
        operation, if_true, if_false, constant = code[at]
        at += 1
        if operation == LOAD:
            assert constant % 4 == 0
            assert constant <= len(given) - 4
            (accumulator,) = struct.unpack_from("=I", given, constant)
        elif operation == AND:
            accumulator &= constant
        elif operation == EQUAL:
            at += if_true if accumulator == constant else if_false
        elif operation == AT_LEAST:
            at += if_true if accumulator >= constant else if_false
        else:
            assert operation == RETURN
            return int(constant)
    raise AssertionError("the program does not end")
