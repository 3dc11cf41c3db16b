"""The filter that our guest code puts on top of the wall's own before it sees a design."""

from __future__ import annotations

import os

from alma_safe.sandbox.base import Layer
from alma_safe.seccomp import numbers
from alma_safe.seccomp.bpf import native_only


def arguments(without: frozenset[Layer] = frozenset(), *, x32: bool = False) -> list[str]:
    """Return what the guest's program is told, so that foreign calls end the guest.

    For ``int 0x80`` nsjail and container engines end only the thread that asks: the others
    would live on, and the guest would be said to have met its deadline. Of two filters the
    kernel takes the stricter action. ``x32``: the wall's own filter sees to that ABI.
    """
    machine = os.uname().machine
    if not without.isdisjoint({Layer.SECCOMP, Layer.NO_NEW_PRIVS}):
        # Witnesses of these layers want to see a process without them.
        return []
    return (
        [f"FILTER={native_only(machine, x32=x32).hex()}"] if machine in numbers.AUDIT_ARCH else []
    )
