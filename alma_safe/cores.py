"""How many processors there are for us."""

from __future__ import annotations

import os


def cores() -> int:
    """Return how many of them this process may use; all, where no system says which."""
    # Linux alone tells what a process was bound to.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
