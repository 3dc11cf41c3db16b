"""A control group of ours above a container's own: its counters outlive the container."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from alma_safe.policy import Policy
from alma_safe.sandbox.cgroups import Counters, Group, top_hierarchy, trees


class ParentGroup:
    """The group that the engine is told to make a container's group in."""

    def __init__(self, group: Group) -> None:
        self._group = group
        family, name = Path(group.entries[0]).parts[-3:-1]
        self.path = f"/{family}/{name}"

    @classmethod
    def create(cls, policy: Policy) -> ParentGroup | None:
        """Make one; None where groups cannot be made where the engine makes its own."""
        hierarchy = top_hierarchy()
        if hierarchy is None:
            return None
        with contextlib.suppress(OSError):
            return cls(
                Group.create(
                    hierarchy,
                    # Looser than the container's own, which is to be met first.
                    memory_bytes=(policy.sandbox.memory_mb + 64) << 20,
                    processes=policy.sandbox.processes * 2 + 64,
                )
            )
        return None

    def counters(self) -> Counters:
        """Return what the group has measured, the container's part included."""
        return self._group.counters()

    def remove(self) -> None:
        """Remove the group, and what the engine made of it in trees that are not ours."""
        self._group.remove()
        for tree in trees():
            folder = tree / self.path.lstrip("/")
            if folder.is_dir():
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
