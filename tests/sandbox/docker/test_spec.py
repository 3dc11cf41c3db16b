"""What an engine is told about a guest's container: no engine is needed to see it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from alma_safe.policy import Policy, load_policy
from alma_safe.sandbox import on_top
from alma_safe.sandbox.base import Layer
from alma_safe.sandbox.docker import spec
from alma_safe.sandbox.nsjail.config import guest_environment
from alma_safe.sandbox.rootfs import PYTHON
from alma_safe.seccomp import SeccompPolicy

POLICY = dataclasses.replace(
    load_policy(),
    sandbox=dataclasses.replace(
        load_policy().sandbox,
        memory_mb=301, address_space_mb=302, cpu_s=303, processes=30, open_files=31, file_mb=32,
        tmp_mb=33, tmp_inodes=34,
    ),
)  # fmt: skip


def told(
    *without: Layer, policy: Policy = POLICY, cgroup_parent: str | None = None
) -> dict[str, Any]:
    return spec.container(
        policy,
        image="image:1",
        python_path="/guest",
        hash_seed=7,
        runtime="runc",
        owner="12 34",
        cgroup_parent=cgroup_parent,
        without=frozenset(without),
    )


def host(*without: Layer, cgroup_parent: str | None = None) -> dict[str, Any]:
    config: dict[str, Any] = told(*without, cgroup_parent=cgroup_parent)["HostConfig"]
    return config


def limits(*without: Layer) -> dict[str, tuple[int, int]]:
    return {each["Name"]: (each["Soft"], each["Hard"]) for each in host(*without)["Ulimits"]}


def test_the_container_is_one_guest_and_nothing_else():
    found = told()
    assert found.pop("HostConfig")
    assert found == {
        "Image": "image:1",
        "Cmd": [
            PYTHON, "-S", "-s", "-P", "-B", "-m", "almaguest.runner",
            *on_top.arguments(), f"RLIMIT_AS={302 << 20}",
        ],
        "Entrypoint": [],
        "User": "65534:65534",
        "WorkingDir": "/tmp",
        "Env": [
            *guest_environment(), "PYTHONHASHSEED=7", "PYTHONPATH=/guest", "PATH=/nowhere",
        ],
        "Hostname": "jail",
        "Domainname": "",
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "OpenStdin": True,
        "StdinOnce": True,
        "Tty": False,
        "NetworkDisabled": True,
        "Healthcheck": {"Test": ["NONE"]},
        "Labels": {spec.OWNER: "12 34"},
    }  # fmt: skip


def test_the_wall_around_it_is_whole():
    found = host()
    security = found.pop("SecurityOpt")
    assert security[0] == "no-new-privileges"
    assert len(security) == 2
    name, _, profile = security[1].partition("=")
    assert name == "seccomp"
    assert json.loads(profile) == SeccompPolicy.parse(POLICY.seccomp_text).docker_profile()
    masked = found.pop("MaskedPaths")
    assert "/sys" in masked
    assert found.pop("Ulimits")
    assert found == {
        "Runtime": "runc",
        "NetworkMode": "none",
        "ReadonlyRootfs": True,
        "IpcMode": "none",
        "CgroupnsMode": "private",
        "PidMode": "",
        "UTSMode": "",
        "Binds": [],
        "ReadonlyPaths": [],
        "LogConfig": {"Type": "none"},
        "RestartPolicy": {"Name": "no"},
        "Init": False,
        "AutoRemove": False,
        "OomScoreAdj": 500,
        "Dns": ["127.0.0.1"],
        "DnsSearch": ["."],
        "Tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777,noexec,size=33m,nr_inodes=34"},
        "CapDrop": ["ALL"],
        "Memory": 301 << 20,
        "MemorySwap": 301 << 20,
        "PidsLimit": 31,
        "CpuPeriod": 100_000,
        "CpuQuota": 100_000,
    }


def test_limits_of_resources_are_hard_ones():
    assert limits() == {
        "core": (0, 0),
        "memlock": (0, 0),
        "msgqueue": (0, 0),
        "stack": (8 << 20, 8 << 20),
        "cpu": (303, 303),
        "fsize": (32 << 20, 32 << 20),
        "nofile": (31, 31),
    }


def test_a_control_group_is_named_where_there_is_one():
    assert host(cgroup_parent="/a/b")["CgroupParent"] == "/a/b"
    assert "CgroupParent" not in host()


@pytest.mark.parametrize(
    "name",
    [
        "acpi", "asound", "buddyinfo", "bus", "cgroups", "cmdline", "config.gz", "consoles",
        "cpuinfo", "crypto", "devices", "diskstats", "driver", "filesystems", "fs", "interrupts",
        "iomem", "ioports", "irq", "kallsyms", "kcore", "key-users", "keys", "kmsg",
        "latency_stats", "loadavg", "locks", "meminfo", "misc", "modules", "mtrr", "pagetypeinfo",
        "partitions", "pressure", "sched_debug", "schedstat", "scsi", "slabinfo", "softirqs",
        "stat", "swaps", "sys", "sysrq-trigger", "timer_list", "tty", "uptime", "version",
        "vmallocinfo", "vmstat", "zoneinfo",
    ],
)  # fmt: skip
def test_what_proc_tells_of_the_host_is_covered(name):
    assert f"/proc/{name}" in host()["MaskedPaths"]


# What each layer is: with it left out, this and nothing else is different.
LEFT_OUT = {
    Layer.NETWORK: {"NetworkMode": "host"},
    Layer.READ_ONLY: {"ReadonlyRootfs": False},
    Layer.IPC: {"IpcMode": "host"},
    Layer.CGROUP: {"CgroupnsMode": "host"},
    Layer.PID: {"PidMode": "host"},
    Layer.UTS: {"UTSMode": "host"},
    Layer.ROOT: {"Binds": ["/etc:/etc:ro"]},
    Layer.CAPABILITIES: {"CapDrop": None, "CapAdd": ["SYS_ADMIN"]},
    Layer.MEMORY: {"Memory": None, "MemorySwap": None},
    Layer.PROCESSES: {"PidsLimit": None},
    Layer.TMP_SIZE: {"Tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777,noexec,nr_inodes=34"}},
    Layer.TMP_INODES: {"Tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777,noexec,size=33m"}},
    Layer.TMP_NOEXEC: {
        "Tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777,exec,size=33m,nr_inodes=34"}
    },
    Layer.ADDRESS_SPACE: {},
    Layer.USER: {},
    Layer.ENVIRONMENT: {},
}  # fmt: skip


@pytest.mark.parametrize("layer", LEFT_OUT)
def test_a_layer_that_is_left_out_takes_nothing_else_with_it(layer):
    whole, found = host(), host(layer)
    changed = {key: found.get(key) for key in whole | found if whole.get(key) != found.get(key)}
    assert changed == LEFT_OUT[layer]


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        (Layer.CPU, {"cpu"}),
        (Layer.FILE_SIZE, {"fsize"}),
        (Layer.OPEN_FILES, {"nofile"}),
        (Layer.LOCKED_MEMORY, {"memlock"}),
    ],
)
def test_a_limit_that_is_left_out_leaves_the_others(layer, names):
    assert limits() | dict.fromkeys(names, (0, 0)) == limits(layer) | dict.fromkeys(names, (0, 0))
    assert names.isdisjoint(limits(layer))
    assert ("CpuQuota" in host(layer)) is ("CpuPeriod" in host(layer)) is (layer is not Layer.CPU)


def test_filter_and_privileges_are_left_out_one_by_one():
    assert host(Layer.NO_NEW_PRIVS)["SecurityOpt"] == host()["SecurityOpt"][1:]
    assert host(Layer.SECCOMP)["SecurityOpt"] == ["no-new-privileges", "seccomp=unconfined"]
    assert told(Layer.SECCOMP)["Cmd"][-1] == told()["Cmd"][-1]
    assert len(told(Layer.SECCOMP)["Cmd"]) == len(told()["Cmd"]) - 1


def test_what_a_witness_of_the_process_itself_is_told():
    assert told(Layer.USER)["User"] == "0:0"
    assert told(Layer.UTS)["Hostname"] == ""
    assert told(Layer.NETWORK)["NetworkDisabled"] is False
    assert told(Layer.ENVIRONMENT)["Env"] == [*told()["Env"], "ALMA_SAFE_WITNESS=seen"]
    assert told(Layer.ADDRESS_SPACE)["Cmd"] == told()["Cmd"][:-1]


def test_every_layer_can_be_left_out():
    assert spec.removable() == frozenset(Layer)
