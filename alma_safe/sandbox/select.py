"""Choosing a backend by name."""

from __future__ import annotations

import sys

from alma_safe.errors import BackendUnavailable, UsageError
from alma_safe.sandbox.base import Backend
from alma_safe.text import visible

NAMES = ("auto", "nsjail", "docker")


def backend(name: str = "auto") -> Backend:
    """Return the backend ``name``; auto takes nsjail, the only one of this release.

    It keeps parents of guests, so it has to be closed: a gate does that. Opening a guest
    may still fail: whether the host can enforce a wall is found out by trying. Raises
    BackendUnavailable for a backend that cannot work here at all.
    """
    if name not in NAMES:
        raise UsageError(f"unknown sandbox {visible(name)}", hint=f"one of {', '.join(NAMES)}")
    if name == "docker":
        raise BackendUnavailable(
            "the docker backend is not part of this release", hint="use --sandbox nsjail"
        )
    if sys.platform != "linux":
        raise BackendUnavailable(
            f"nsjail needs Linux, this is {sys.platform}",
            hint="--stages static,types works without a sandbox",
        )
    from alma_safe.sandbox.zygote.backend import ZygoteBackend

    return ZygoteBackend()
