"""The last steps of a forked guest before it may see a design: less of everything, for good.

Run by the parent of guests in its own children, never with anything of a design in
memory. Every step that fails raises; the caller ends the process then.
"""

import ctypes
import os
import resource
import signal
import struct
from typing import Any

_CLONE_NEWNS, _CLONE_NEWIPC = 0x00020000, 0x08000000
_CLONE_NEWUSER, _CLONE_NEWPID = 0x10000000, 0x20000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_PR_CAPBSET_READ, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 23, 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_SECCOMP_FILTER, _TSYNC = 1, 1
_CAPABILITY_VERSION = 0x20080522

_SYSCALLS = {
    "x86_64": {"seccomp": 317, "capset": 126, "clone": 56},
    "aarch64": {"seccomp": 277, "capset": 91, "clone": 220},
}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (
    ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p
)  # fmt: skip
_libc.syscall.restype = ctypes.c_long


# Keeps the interpreter's lock during a call: there is no moment at which another thread of
# this process could be half-way through something when it is copied.
_locked_libc = ctypes.PyDLL(None, use_errno=True)
_locked_libc.syscall.restype = ctypes.c_long


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class Filter:
    """A seccomp program, laid out once in the parent so that a child only installs it."""

    def __init__(self, program: bytes) -> None:
        if not program or len(program) % 8:
            raise ValueError("a seccomp program is a row of 8-byte instructions")
        self._buffer = ctypes.create_string_buffer(program, len(program))
        self._program = _Program(len(program) // 8, ctypes.addressof(self._buffer))

    def install(self) -> None:
        """Put the filter on this process, for good."""
        _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        number = _number("seccomp")
        _check(
            _libc.syscall(number, _SECCOMP_FILTER, _TSYNC, ctypes.byref(self._program)), "seccomp"
        )


def fork_apart() -> int:
    """Fork a child that is the first process of pid, mount and ipc namespaces of its own.

    As ``os.fork``, in one step: leaving a pid namespace otherwise takes a process between
    for every guest. Only for a process without other threads.
    """
    flags = _CLONE_NEWPID | _CLONE_NEWNS | _CLONE_NEWIPC | signal.SIGCHLD
    number = _number("clone")
    ctypes.pythonapi.PyOS_BeforeFork()
    pid: int = _locked_libc.syscall(number, flags, 0, 0, 0, 0)
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    code = ctypes.get_errno()
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(code, f"clone: {os.strerror(code)}")
    return pid


def own_tmp(options: str) -> None:
    """An empty /tmp of one's own, in a mount namespace that is one's own already."""
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    _check(_libc.mount(b"none", b"/tmp", b"tmpfs", flags, options.encode()), "mount")
    # The parent's /tmp lies below: a working folder there would be a way to it.
    os.chdir("/tmp")


def without_privileges(limits: dict[str, int]) -> None:
    """A user namespace of one's own, no capability even there, and the limits of the policy."""
    # Counts of a user (processes above all) are kept per user namespace: guests of one
    # parent do not eat each other's. The limits come after it: what a process may at this
    # moment becomes what all guests together may.
    _check(_libc.unshare(_CLONE_NEWUSER), "unshare user")
    for name, value in limits.items():
        kind = getattr(resource, name)
        resource.setrlimit(kind, (value, value))
    _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient")
    capability = 0
    while _libc.prctl(_PR_CAPBSET_READ, capability, 0, 0, 0) >= 0:
        _check(_libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0), "bounding set")
        capability += 1
    header, none = struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24)
    _check(_libc.syscall(_number("capset"), header, none), "capset")


def _number(name: str) -> int:
    return _SYSCALLS[os.uname().machine][name]


def _check(result: Any, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
