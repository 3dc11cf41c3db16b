"""Choosing a backend by name."""

from __future__ import annotations

import sys

from alma_safe.errors import BackendUnavailable, UsageError
from alma_safe.sandbox.base import Backend
from alma_safe.text import visible

NAMES = ("auto", "nsjail", "docker")


def backend(name: str = "auto") -> Backend:
    """Return the backend ``name``; auto takes nsjail on Linux and docker elsewhere.

    A backend keeps parents of guests or connections, so it has to be closed: a gate
    does that. Opening a guest may still fail: whether the host can enforce a wall is
    found out by trying. Raises BackendUnavailable for one that cannot work here at all.
    """
    if name not in NAMES:
        raise UsageError(f"unknown sandbox {visible(name)}", hint=f"one of {', '.join(NAMES)}")
    if name == "docker" or (name == "auto" and sys.platform != "linux"):
        from alma_safe.sandbox.docker.backend import DockerBackend

        return DockerBackend()
    if sys.platform != "linux":
        raise BackendUnavailable(
            f"nsjail needs Linux, this is {sys.platform}",
            hint="use --sandbox docker; --stages static,types works without a sandbox",
        )
    from alma_safe.sandbox.zygote.backend import ZygoteBackend

    return ZygoteBackend()
