"""Opening guests in nsjail."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alma_safe.errors import UsageError
from alma_safe.policy import Policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import Capabilities, Ending, GuestOptions, Layer
from alma_safe.sandbox.cgroups import Counters, Group, find_hierarchy
from alma_safe.sandbox.handle import ChildGuest
from alma_safe.sandbox.nsjail.binary import find_nsjail
from alma_safe.sandbox.nsjail.config import command_line, config_file
from alma_safe.sandbox.nsjail.ending import classify
from alma_safe.sandbox.nsjail.layers import REMOVABLE
from alma_safe.sandbox.process import Child
from alma_safe.sandbox.starting import StartingBackend

WITNESS = {"ALMA_SAFE_WITNESS": "seen"}
"""What the environment of a jail holds that shows whether it is handed on."""


class NsjailBackend(StartingBackend):
    """One fresh jail per session.

    ``lacking`` is added to what its sessions call degraded; ``without`` leaves layers
    of the wall out for witnesses, ``root`` is used instead of the staged one.
    """

    name = "nsjail"

    def __init__(
        self,
        *,
        lacking: tuple[str, ...] = (),
        without: frozenset[Layer] = frozenset(),
        root: rootfs.Rootfs | None = None,
    ) -> None:
        super().__init__()
        impossible = without - REMOVABLE
        if impossible:
            raise UsageError(f"nsjail cannot do without {', '.join(sorted(impossible))}")
        self.without = without
        self._root = root
        self._binary: Path | None = None
        self._lacking = lacking

    def identity(self) -> Mapping[str, Any]:
        """See :meth:`alma_safe.sandbox.base.Backend.identity`."""
        return {"backend": self.name}

    async def probe(self) -> Capabilities:
        """See :meth:`alma_safe.sandbox.base.Backend.probe`."""
        from alma_safe.sandbox.nsjail.probe import examine

        return await examine(self)

    def _start(self, policy: Policy, options: GuestOptions, chroma: str) -> ChildGuest:
        if self._binary is None:
            self._binary = find_nsjail()
        root = self._root or rootfs.stage(chroma == "real")
        config = config_file(policy, root, self.without)
        group = None if Layer.MEMORY in self.without else guest_group(policy)
        log_read, log_write = os.pipe()
        try:
            child = Child.start(
                command_line(
                    self._binary,
                    config,
                    log_fd=log_write,
                    hash_seed=options.hash_seed,
                    python_path=root.python_path(),
                    without=self.without,
                ),
                pass_fds=[log_write],
                join=group.entries if group else (),
                environment=WITNESS if Layer.ENVIRONMENT in self.without else {},
            )
        except BaseException:
            os.close(log_read)
            if group:
                group.remove()
            raise
        finally:
            os.close(log_write)
        limit = policy.sandbox.cpu_s

        def decide(
            log: str, counters: Counters, cpu_s: float, status: int
        ) -> tuple[Ending, str, str]:
            verdict = classify(
                log=log,
                oom_kills=counters.oom_kills,
                cpu_s=cpu_s,
                cpu_limit_s=limit,
                status=status,
            )
            return verdict.ending, verdict.decided_by, verdict.detail

        return ChildGuest(
            child,
            log=os.fdopen(log_read, "rb", buffering=0),
            group=group,
            classify=decide,
            chroma=chroma,
            degraded=(
                *self._lacking,
                *(f"without {layer}" for layer in sorted(self.without)),
                *degraded(group is not None),
            ),
        )


def guest_group(policy: Policy) -> Group | None:
    """Make the control group of one guest; None where this host allows none."""
    hierarchy = find_hierarchy()
    if hierarchy is None:
        return None
    with contextlib.suppress(OSError):
        return Group.create(
            hierarchy,
            memory_bytes=policy.sandbox.memory_mb << 20,
            # The jail itself is one process of the group, the waiting shell another.
            processes=policy.sandbox.processes + 2,
        )
    return None


def degraded(grouped: bool) -> tuple[str, ...]:
    """Return the names of the control groups that this guest goes without."""
    hierarchy = find_hierarchy()
    have = hierarchy.controllers if hierarchy and grouped else ()
    return tuple(f"cgroup {name}" for name in ("memory", "pids", "cpu") if name not in have)
