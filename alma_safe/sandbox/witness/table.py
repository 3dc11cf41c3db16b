"""What is attempted, and which layer of the wall has to be what denies it.

Each attempt is the body of a design's retrieve: our own code, run in two guests. It
returns True when it succeeded; an OSError, another falsy value or the guest's end mean
that it was denied.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from dataclasses import dataclass

from alma_safe.sandbox.base import Layer
from alma_safe.seccomp import numbers

_LIBC = "import ctypes, mmap, resource, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n"
_CALL = (
    _LIBC
    + "numbers = dict()\n"
    + "def call(name, *a):\n    r = libc.syscall(*map(ctypes.c_long, (numbers[name], *a)))\n"
    + "    if r == -1: raise OSError(ctypes.get_errno(), 'denied')\n    return r\n"
)
CALLED = (
    "clone", "io_uring_setup", "keyctl", "mount", "personality", "process_vm_readv", "ptrace",
    "shmget", "userfaultfd",
)  # fmt: skip
"""System calls that attempts make themselves, by numbers that are others on each machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One attempt. ``beside`` are layers that are out of the way in both arms.

    ``posture`` names a namespace that the host looks at instead of asking the guest.
    ``machine``: the only kind on which there is something to attempt; empty: any.
    """

    name: str
    layer: Layer
    body: str = "return True"
    beside: frozenset[Layer] = frozenset()
    posture: str = ""
    machine: str = ""


def _by_filter(name: str, body: str, *beside: Layer) -> Witness:
    return Witness(name=name, layer=Layer.SECCOMP, body=_CALL + body, beside=frozenset(beside))


def _beyond_filter(name: str, layer: Layer, body: str, *more: Layer) -> Witness:
    """A guard that the filter would hide: looked at with the filter out of the way."""
    return Witness(
        name=name, layer=layer, body=_CALL + body, beside=frozenset({Layer.SECCOMP, *more})
    )


def _own(name: str, layer: Layer) -> Witness:
    return Witness(name=f"own {layer}", layer=layer, posture=name)


# A page of machine code, x86's: exit would end the guest, so it asks for its pid by the old entry.
_INT80 = """
page = mmap.mmap(-1, 4096, prot=7)
page.write(b"\\x53\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\x5b\\xc3")
code = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
return code() == os.getpid()"""

_IO_URING = """
ring = ctypes.create_string_buffer(120)
os.close(call('io_uring_setup', 1, ctypes.addressof(ring)))
return True"""

_OTHER_MEMORY = """
held = ctypes.create_string_buffer(8)
vector = (ctypes.c_size_t * 2)(ctypes.addressof(held), 8)
place = ctypes.addressof(vector)
return call('process_vm_readv', os.getpid(), place, 1, place, 1, 0) == 8"""

_MOUNT = """
texts = [ctypes.create_string_buffer(text) for text in (b"none", b"/tmp", b"tmpfs")]
call('mount', *map(ctypes.addressof, texts), 0, 0)
return True"""

# Not unshare(2), which no process with threads may ask for a user namespace.
_USER_NAMESPACE = """
pid = call('clone', 0x10000000 | 17, 0, 0, 0, 0)
if pid == 0: os._exit(0)
os.waitpid(pid, 0)
return True"""

_FORK = """
pid = os.fork()
if pid == 0: os._exit(0)
os.waitpid(pid, 0)
return True"""


def _socket(family: int, kind: int) -> str:
    return f"socket.socket({family}, {kind}).close()\nreturn True"


_FILTERED = (
    _by_filter("processes", _FORK),
    _by_filter("unix sockets", _socket(1, 1)),
    _by_filter("internet sockets", _socket(2, 1)),
    _by_filter("netlink sockets", _socket(16, 3)),
    _by_filter("virtual machine sockets", _socket(40, 1)),
    _by_filter("tracing", "call('ptrace', 0, 0, 0, 0)\nreturn True"),
    _by_filter("user namespaces", _USER_NAMESPACE),
    _by_filter("keyring", "return call('keyctl', 0, -3, 1) > 0"),
    _by_filter("memory files", "os.close(os.memfd_create('x'))\nreturn True"),
    _by_filter("personalities", "call('personality', 0x0040000)\nreturn True"),
    _by_filter("userfaultfd", "os.close(call('userfaultfd', 1))\nreturn True"),
    _by_filter("io_uring", _IO_URING, Layer.LOCKED_MEMORY),
    _by_filter("other processes' memory", _OTHER_MEMORY),
    dataclasses.replace(_by_filter("foreign ABI (int 0x80)", _INT80), machine=numbers.X86_64),
    _by_filter("mounts", _MOUNT, Layer.CAPABILITIES, Layer.USER),
    _by_filter("shared memory (SysV)", "return call('shmget', 0, 4096, 0o1600) >= 0"),
    _by_filter("symbolic links", "os.symlink('x', '/tmp/link')\nreturn True"),
)
"""What the filter of system calls denies, by family."""

_OTHERS = (
    _own("net", Layer.NETWORK),
    _own("pid", Layer.PID),
    _own("ipc", Layer.IPC),
    _own("uts", Layer.UTS),
    _own("cgroup", Layer.CGROUP),
    _beyond_filter(
        "host's network", Layer.NETWORK,
        "s = socket.create_connection(('127.0.0.1', {port}), 3)\ns.close()\nreturn True",
    ),
    _beyond_filter(
        "host's processes", Layer.PID,
        "import errno\ntry: os.kill({pid}, 0)\nexcept OSError as e: return e.errno == errno.EPERM\n"
        "return True",
    ),
    _beyond_filter("host's shared memory", Layer.IPC, "return call('shmget', {key}, 0, 0) >= 0"),
    _beyond_filter("host's files", Layer.ROOT, "for place in ('/site', '/etc'):\n"
        "    if os.path.exists(place + '/passwd'): return bool(open(place + '/passwd').read())"),
    Witness(
        name="read-only root", layer=Layer.READ_ONLY,
        body="open('/guest/written', 'w').close()\nreturn True",
        beside=frozenset({Layer.USER}),
    ),
    Witness(
        name="bytes in /tmp", layer=Layer.TMP_SIZE,
        body="for n in range(6):\n    open(f'/tmp/{{n}}', 'wb').write(bytes(1 << 20))\nreturn True",
    ),
    Witness(
        name="files in /tmp", layer=Layer.TMP_INODES,
        body="for n in range(400): open(f'/tmp/{{n}}', 'w').close()\nreturn True",
    ),
    Witness(
        name="programs in /tmp", layer=Layer.TMP_NOEXEC,
        body=_LIBC + "open('/tmp/p', 'wb').write(bytes(4096))\n"
        "with open('/tmp/p', 'rb') as f: mmap.mmap(f.fileno(), 4096, prot=5, flags=2).close()\n"
        "return True",
    ),
    _beyond_filter(
        "capabilities", Layer.CAPABILITIES,
        "os.chroot('/tmp')\nreturn True", Layer.USER,
    ),
    Witness(
        name="no_new_privs", layer=Layer.NO_NEW_PRIVS,
        body=_LIBC + "return libc.prctl(39, 0, 0, 0, 0) == 0",
        beside=frozenset({Layer.SECCOMP}),
    ),
    Witness(name="unprivileged user", layer=Layer.USER, body="return os.getuid() == 0"),
    Witness(
        name="environment", layer=Layer.ENVIRONMENT,
        body="return 'ALMA_SAFE_WITNESS' in os.environ",
    ),
    Witness(
        name="size of a file", layer=Layer.FILE_SIZE,
        body="import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "open('/tmp/f', 'wb').write(bytes(3 << 20))\nreturn True",
    ),
    Witness(
        name="open files", layer=Layer.OPEN_FILES,
        body="kept = [open('/dev/null') for _ in range(80)]\nreturn True",
    ),
    Witness(
        name="address space", layer=Layer.ADDRESS_SPACE,
        body=_LIBC + "mmap.mmap(-1, 600 << 20).close()\nreturn True",
    ),
)  # fmt: skip
"""What the rest of the wall denies."""


def on(machine: str, table: Iterable[Witness] = (*_FILTERED, *_OTHERS)) -> tuple[Witness, ...]:
    """What can be attempted on one kind of machine, with its numbers of system calls.

    Of a machine without a table no name is known in the guest: nothing is witnessed then.
    """
    known = CALLED if machine in numbers.AUDIT_ARCH else ()
    pairs = ", ".join(f"{name}={numbers.number(name, machine)}" for name in known)
    return tuple(
        dataclasses.replace(one, body=one.body.replace("dict()", f"dict({pairs})", 1))
        for one in table
        if one.machine in ("", machine)
    )


# A container on a machine of Apple's runs in a virtual one of the other name.
_HERE = {"arm64": numbers.AARCH64}.get(os.uname().machine, os.uname().machine)

FILTERED, OTHERS = on(_HERE, _FILTERED), on(_HERE, _OTHERS)
