"""What a container of a guest may do: built from the policy, given to the engine as it is."""

from __future__ import annotations

import json
from typing import Any

from alma_safe.policy import Policy
from alma_safe.sandbox import on_top
from alma_safe.sandbox.base import Layer
from alma_safe.sandbox.nsjail.config import NOBODY, guest_environment
from alma_safe.sandbox.rootfs import PYTHON
from alma_safe.seccomp import SeccompPolicy

OWNER = "alma-safe.owner"
"""Label with the host process that made a container: its pid and when it started."""

_WITHOUT = frozenset(
    {
        Layer.SECCOMP, Layer.NETWORK, Layer.CAPABILITIES, Layer.NO_NEW_PRIVS, Layer.READ_ONLY,
        Layer.TMP_SIZE, Layer.TMP_INODES, Layer.TMP_NOEXEC, Layer.MEMORY, Layer.PROCESSES,
        Layer.CPU, Layer.ADDRESS_SPACE, Layer.FILE_SIZE, Layer.OPEN_FILES, Layer.USER, Layer.IPC,
        Layer.ENVIRONMENT, Layer.LOCKED_MEMORY, Layer.ROOT, Layer.CGROUP, Layer.PID, Layer.UTS,
    }
)  # fmt: skip
"""Layers that can be left out, to witness the others."""


# An engine cannot start a container without /proc. What it tells of the host is covered;
# the folders of the guest's own processes stay.
_MASKED = [
    "/sys",
    *(
        f"/proc/{name}"
        for name in (
            "acpi", "asound", "buddyinfo", "bus", "cgroups", "cmdline", "config.gz", "consoles",
            "cpuinfo", "crypto", "devices", "diskstats", "dma", "driver", "dynamic_debug",
            "execdomains", "fb", "filesystems", "fs", "interrupts", "iomem", "ioports", "irq",
            "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount",
            "kpageflags", "latency_stats", "loadavg", "locks", "mdstat", "meminfo", "misc",
            "modules", "mtrr", "pagetypeinfo", "partitions", "pressure", "sched_debug",
            "schedstat", "scsi", "slabinfo", "softirqs", "stat", "swaps", "sys",
            "sysrq-trigger", "timer_list", "timer_stats", "tty", "uptime", "version",
            "version_signature", "vmallocinfo", "vmstat", "zoneinfo",
        )
    ),
]  # fmt: skip


def removable() -> frozenset[Layer]:
    """Return the layers that this wall can do without."""
    return _WITHOUT


def container(
    policy: Policy,
    *,
    image: str,
    python_path: str,
    hash_seed: int,
    runtime: str,
    owner: str,
    cgroup_parent: str | None,
    without: frozenset[Layer],
) -> dict[str, Any]:
    """Return the arguments of ``create_container_from_config`` for one guest."""
    environment = [
        *guest_environment(),
        f"PYTHONHASHSEED={hash_seed}",
        f"PYTHONPATH={python_path}",
        "PATH=/nowhere",
    ]
    if Layer.ENVIRONMENT in without:
        environment.append("ALMA_SAFE_WITNESS=seen")
    user = "0:0" if Layer.USER in without else f"{NOBODY}:{NOBODY}"
    return {
        "Image": image,
        "Cmd": [PYTHON, "-S", "-s", "-P", "-B", "-m", "almaguest.runner", *_later(policy, without)],
        "Entrypoint": [],
        "User": user,
        "WorkingDir": "/tmp",
        "Env": environment,
        "Hostname": "" if Layer.UTS in without else "jail",
        "Domainname": "",
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "OpenStdin": True,
        "StdinOnce": True,
        "Tty": False,
        "NetworkDisabled": Layer.NETWORK not in without,
        "Healthcheck": {"Test": ["NONE"]},
        "Labels": {OWNER: owner},
        "HostConfig": _host_config(policy, runtime, cgroup_parent, without),
    }


def _host_config(
    policy: Policy, runtime: str, cgroup_parent: str | None, without: frozenset[Layer]
) -> dict[str, Any]:
    limits = policy.sandbox
    security = []
    if Layer.NO_NEW_PRIVS not in without:
        security.append("no-new-privileges")
    if Layer.SECCOMP in without:
        security.append("seccomp=unconfined")
    else:
        profile = SeccompPolicy.parse(policy.seccomp_text).docker_profile()
        security.append(f"seccomp={json.dumps(profile)}")
    config: dict[str, Any] = {
        "Runtime": runtime,
        "NetworkMode": "host" if Layer.NETWORK in without else "none",
        "ReadonlyRootfs": Layer.READ_ONLY not in without,
        "SecurityOpt": security,
        "IpcMode": "host" if Layer.IPC in without else "none",
        "CgroupnsMode": "host" if Layer.CGROUP in without else "private",
        "PidMode": "host" if Layer.PID in without else "",
        "UTSMode": "host" if Layer.UTS in without else "",
        "Binds": ["/etc:/etc:ro"] if Layer.ROOT in without else [],
        "MaskedPaths": _MASKED,
        "ReadonlyPaths": [],
        "LogConfig": {"Type": "none"},
        "RestartPolicy": {"Name": "no"},
        "Init": False,
        "AutoRemove": False,
        "OomScoreAdj": 500,
        # What the engine would otherwise copy from the host into the guest.
        "Dns": ["127.0.0.1"],
        "DnsSearch": ["."],
        "Tmpfs": {"/tmp": _tmpfs(policy, without)},
        "Ulimits": _ulimits(policy, without),
    }
    if Layer.CAPABILITIES in without:
        # Beside the engine's own choice; not all, since root on this host may lack some.
        config["CapAdd"] = ["SYS_ADMIN"]
    else:
        config["CapDrop"] = ["ALL"]
    if Layer.MEMORY not in without:
        config["Memory"] = config["MemorySwap"] = limits.memory_mb << 20
    if Layer.PROCESSES not in without:
        config["PidsLimit"] = limits.processes + 1
    if Layer.CPU not in without:
        config["CpuPeriod"] = config["CpuQuota"] = 100_000
    if cgroup_parent is not None:
        config["CgroupParent"] = cgroup_parent
    return config


def _later(policy: Policy, without: frozenset[Layer]) -> list[str]:
    """What our guest code sets: a filter on top, a limit that the engine's start does not fit."""
    filtered = on_top.arguments(without)
    if Layer.ADDRESS_SPACE in without:
        return filtered
    return [*filtered, f"RLIMIT_AS={policy.sandbox.address_space_mb << 20}"]


def _tmpfs(policy: Policy, without: frozenset[Layer]) -> str:
    limits = policy.sandbox
    options = ["rw", "nosuid", "nodev", "mode=1777"]
    options.append("exec" if Layer.TMP_NOEXEC in without else "noexec")
    if Layer.TMP_SIZE not in without:
        options.append(f"size={limits.tmp_mb}m")
    if Layer.TMP_INODES not in without:
        options.append(f"nr_inodes={limits.tmp_inodes}")
    return ",".join(options)


def _ulimits(policy: Policy, without: frozenset[Layer]) -> list[dict[str, Any]]:
    limits = policy.sandbox
    # Not nproc: the kernel would count every other guest of this host user, too. The
    # limit of processes is the control group's.
    wanted = {
        "core": 0,
        "memlock": None if Layer.LOCKED_MEMORY in without else 0,
        "msgqueue": 0,
        "stack": 8 << 20,
        "cpu": None if Layer.CPU in without else limits.cpu_s,
        "fsize": None if Layer.FILE_SIZE in without else limits.file_mb << 20,
        "nofile": None if Layer.OPEN_FILES in without else limits.open_files,
    }
    return [
        {"Name": name, "Soft": value, "Hard": value}
        for name, value in wanted.items()
        if value is not None
    ]
