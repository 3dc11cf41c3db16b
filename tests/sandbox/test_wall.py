"""What a guest can reach, probed from inside by designs of ours and looked at from outside."""

from __future__ import annotations

import asyncio
import functools
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alma_safe.policy import load_policy
from alma_safe.sandbox.base import Ending, SessionEnded
from alma_safe.sandbox.cgroups import find_hierarchy
from tests.sandbox import jail
from tests.sandbox.jail import asked, design, guest, ready, retrieve

pytestmark = pytest.mark.usefixtures("every_backend")


X86 = platform.machine() == "x86_64"
TRYING = '''
import ctypes, errno, mmap, signal, socket, stat
libc = ctypes.CDLL(None, use_errno=True)

def tried(action):
    """The name of the error that an attempt meets, or 'done'."""
    try:
        action()
        return "done"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    except Exception as error:
        return type(error).__name__

def asking(number, *arguments):
    """A raw system call."""
    def action():
        ctypes.set_errno(0)
        if libc.syscall(number, *arguments) == -1:
            raise OSError(ctypes.get_errno(), "")
    return action

def forked(fork):
    if fork() == 0:
        os._exit(0)
    os.wait()

def machine_code(code):
    """Run bytes as a function that returns an int."""
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    place = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_int)(place)()
'''

ATTEMPTS = {
    "AF_INET": ("socket.socket(socket.AF_INET)", "EAFNOSUPPORT"),
    "AF_INET datagram": ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "EAFNOSUPPORT"),
    "AF_INET6": ("socket.socket(socket.AF_INET6)", "EAFNOSUPPORT"),
    "AF_UNIX": ("socket.socket(socket.AF_UNIX)", "EAFNOSUPPORT"),
    "AF_NETLINK": ("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "EAFNOSUPPORT"),
    "AF_PACKET": ("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", "EAFNOSUPPORT"),
    "AF_VSOCK": ("socket.socket(40, socket.SOCK_STREAM)", "EAFNOSUPPORT"),
    "AF_ALG": ("socket.socket(38, socket.SOCK_SEQPACKET)", "EAFNOSUPPORT"),
    "a pair of datagrams": ("socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)", "ENOSYS"),
    "a pair of packets": ("socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)", "ENOSYS"),
    "a lock on a common file": (
        "__import__('fcntl').flock(os.open(os.__file__, os.O_RDONLY), 5)", "EPERM",
    ),
    "notes of a common folder": (
        "__import__('fcntl').fcntl(os.open(os.path.dirname(os.__file__), os.O_RDONLY), 1026, 16)",
        "ENOSYS",
    ),
    "the same, with high bits": (
        "asking(72 if os.uname().machine == 'x86_64' else 25, os.open(os.path.dirname(os.__file__), os.O_RDONLY),"
        " ctypes.c_ulong(1 << 32 | 1026), ctypes.c_ulong(16))()", "ENOSYS",
    ),
    "name resolution": ("socket.getaddrinfo('localhost', 80)", None),
    "fork": ("forked(os.fork)", "EPERM"),
    "posix_spawn": ("os.posix_spawn('/py/bin/python3.12', ['p', '-c', ''], {})", "EPERM"),
    "system": ("exec('if os.system(\"true\"): raise OSError(errno.EPERM, 0)')", "EPERM"),
    "symbolic link": ("os.symlink('/py', '/tmp/link')", "EPERM"),
    "hard link": ("open('/tmp/one', 'w').close() or os.link('/tmp/one', '/tmp/two')", "EPERM"),
    "change of owner": ("open('/tmp/own', 'w').close() or os.chown('/tmp/own', 0, 0)", "EPERM"),
    "priority": ("os.setpriority(os.PRIO_PROCESS, 0, -5)", "EPERM"),
    "affinity": ("os.sched_setaffinity(0, {0})", "EPERM"),
    "realtime": ("os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))", "EPERM"),
    "a limit raised": (
        "__import__('resource').setrlimit(7, (4096, 4096))", "ValueError",
    ),
    "a new session": ("os.setsid()", "EPERM"),
    "pidfd": ("os.pidfd_open(os.getpid())", "EPERM"),
    "memory locked": ("exec('if libc.mlockall(1): raise OSError(ctypes.get_errno(), 0)')", "EPERM"),
    "pseudo terminal": ("os.openpty()", None),
    "writing to the root": ("open('/canary', 'w')", "EROFS"),
    "writing to the library": ("open('/py/lib/canary', 'w')", "EROFS"),
    "writing to the guest's code": ("open('/guest/almaguest/runner.py', 'a')", None),
    "writing to /dev": ("open('/dev/canary', 'w')", "EROFS"),
    "removing the runner": ("os.unlink('/guest/almaguest/runner.py')", "EROFS"),
    "making a folder": ("os.mkdir('/etc')", "EROFS"),
    "the host's passwords": ("open('/etc/passwd')", "ENOENT"),
    "the host's processes": ("os.listdir('/proc')", "ENOENT"),
    "its own process": ("open('/proc/self/status')", "ENOENT"),
    "the kernel's files": ("os.listdir('/sys')", "ENOENT"),
    "root's home": ("os.listdir('/root')", "ENOENT"),
    "a shell": ("os.execv('/bin/sh', ['sh'])", "ENOENT"),
    "shared memory": ("open('/dev/shm/x', 'w')", None),
    "a file mapped to run": (
        "exec('f = open(\"/tmp/code\", \"wb+\"); f.write(bytes(4096)); f.flush();"
        " mmap.mmap(f.fileno(), 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)')", "EPERM",
    ),
    "a file to execute": (
        "exec('open(\"/tmp/p\", \"w\").write(\"#!/py/bin/python3.12\"); os.chmod(\"/tmp/p\", 511);"
        " os.execv(\"/tmp/p\", [\"p\"])')", "EACCES",
    ),
}  # fmt: skip

RAW = {
    "clone3": (435, "ENOSYS"), "open_tree": (428, "ENOSYS"), "move_mount": (429, "ENOSYS"),
    "fsopen": (430, "ENOSYS"), "fsmount": (432, "ENOSYS"), "mount_setattr": (442, "ENOSYS"),
    "landlock": (444, "EPERM"), "memfd_secret": (447, "ENOSYS"), "fanotify_init": (300, "EPERM"),
    "inotify_init1": (294, "EPERM"), "shmget": (29, "EPERM"), "msgget": (68, "EPERM"),
    "semget": (64, "EPERM"), "mq_open": (240, "ENOSYS"), "execveat": (322, "EPERM"),
    "process_madvise": (440, "ENOSYS"), "process_mrelease": (448, "ENOSYS"),
    "pidfd_getfd": (438, "EPERM"), "iopl": (172, "ENOSYS"), "ioperm": (173, "ENOSYS"),
    "modify_ldt": (154, "ENOSYS"), "io_setup": (206, "ENOSYS"), "vmsplice": (278, "ENOSYS"),
    "unknown": (9999, "ENOSYS"), "sethostname": (170, "ENOSYS"), "settimeofday": (164, "ENOSYS"),
    "clock_settime": (227, "ENOSYS"), "adjtimex": (159, "ENOSYS"),
}  # fmt: skip

X32_GETPID = 0x40000027

OTHERWISE = {
    "forked": {"a shell": "EPERM", "a file to execute": "EPERM"},
    "docker": {
        "writing to /dev": "EACCES", "making a folder": "EEXIST",
        # Its own processes, and covered: see test_docker.py.
        "the host's processes": "done", "its own process": "done", "the kernel's files": "done",
    },
    "cold": {},
}  # fmt: skip
"""What is met elsewhere than in a jail of one's own."""

DEADLY = {
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "mount": 165,
    "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "bpf": 321,
    "keyctl": 250, "add_key": 248, "request_key": 249, "io_uring_setup": 425,
    "io_uring_enter": 426, "userfaultfd": 323, "perf_event_open": 298, "init_module": 175,
    "open_by_handle_at": 304, "name_to_handle_at": 303, "mknod": 133, "mknodat": 259,
    "memfd_create": 319, "personality": 135, "setuid": 105, "setgid": 106, "setgroups": 116,
    "setresuid": 117, "capset": 126, "syslog": 103, "reboot": 169,
}  # fmt: skip


@pytest.fixture
def met(every_backend: str) -> dict[str, str]:
    """What every attempt meets inside, on this way to a guest."""
    return met_behind(every_backend)


@functools.cache
def met_behind(backend: str) -> dict[str, str]:
    assert jail.chosen == backend
    lines = [f"out[{n!r}] = tried(lambda: {code})" for n, (code, _) in ATTEMPTS.items()]
    if X86:
        lines += [
            f"out[{n!r}] = tried(asking({nr}, 0, 0, 0, 0, 0, 0))" for n, (nr, _) in RAW.items()
        ]
    body = "\n".join(["out = {}", *lines, "return out"])
    found = asked(design(module=TRYING, retrieve=body))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", ATTEMPTS)
def test_attempt_is_refused(met, name):
    expected = OTHERWISE[jail.chosen].get(name, ATTEMPTS[name][1])
    assert met[name] in errors(expected) if expected else met[name] != "done"


@pytest.mark.parametrize("name", RAW if X86 else [])
def test_call_is_unknown_to_a_guest(met, name):
    assert met[name] in errors(RAW[name][1])


def errors(name: str) -> set[str]:
    """Engines before 23.0 have one error for all that a profile does not name."""
    return {name, "EPERM"} if (jail.chosen, name) == ("docker", "ENOSYS") else {name}


def test_a_number_of_the_x32_abi_is_no_call(every_backend: str):
    """Unknown to the filter of a jail of one's own; elsewhere it ends the guest, all of it."""
    if not X86:
        return
    source = design(
        module=TRYING, retrieve=f"return {{'is': tried(asking({X32_GETPID}, 0, 0, 0, 0, 0, 0))}}"
    )
    if every_backend == "cold":
        assert asked(source) == {"is": "ENOSYS"}
        return
    with pytest.raises(SessionEnded) as caught:
        asked(source)
    assert caught.value.closing.ending is Ending.SECCOMP


def test_the_same_attempts_succeed_outside(tmp_path):
    """The probes themselves work: without a wall the ordinary ones get through."""
    names = [
        "AF_INET", "AF_INET datagram", "AF_UNIX", "AF_NETLINK", "a pair of datagrams",
        "a pair of packets", "a lock on a common file", "notes of a common folder", "fork", "posix_spawn", "system",
        "symbolic link", "hard link", "affinity", "pidfd", "the host's passwords",
        "the host's processes", "its own process", "the kernel's files",
    ]  # fmt: skip
    lines = [f"print({n!r}, tried(lambda: {ATTEMPTS[n][0]}))" for n in names]
    code = f"import os\n{TRYING}\n" + "\n".join(lines)
    code = code.replace("/tmp/", f"{tmp_path}/").replace("/py/bin/python3.12", sys.executable)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    met = dict(line.rsplit(" ", 1) for line in run.stdout.splitlines() if " " in line)
    assert {name: met.get(name) for name in names} == dict.fromkeys(names, "done")


@pytest.mark.parametrize("name", DEADLY if X86 else [])
def test_call_ends_the_guest(name):
    async def main() -> Ending:
        body = f"asking({DEADLY[name]}, 0, 0, 0, 0, 0, 0)()\nreturn {{}}"
        async with guest(design(module=TRYING, retrieve=body)) as session:
            await ready(session)
            with pytest.raises(SessionEnded) as caught:
                await retrieve(session)
            return caught.value.closing.ending

    assert asyncio.run(main()) is Ending.SECCOMP


ANSWER = "b'\\xb8\\x2a\\x00\\x00\\x00\\xc3'"
INT_80 = "b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3'"


@pytest.mark.parametrize(
    "where",
    ["{code}", "await asyncio.to_thread(lambda: {code})"],
    ids=["by the first thread", "by another thread"],
)
def test_the_old_entry_to_the_kernel_is_closed(where: str):
    """int 0x80 speaks the i386 ABI, to which no number of the filter applies.

    Every guest has several threads; whichever asks, all of them are ended, and at once.
    """
    if not X86:
        return

    async def run(code: str) -> Any:
        body = f"return {{'is': {where.format(code=f'machine_code({code})')}}}"
        source = design(module=TRYING, retrieve=body)
        async with guest(source) as session:
            await ready(session)
            payload = {"instance": 1, "recorder": jail.EPISODE}
            return (await session.call("retrieve", payload, deadline_s=10))["result"]

    assert asyncio.run(run(ANSWER)) == {"is": 42}
    with pytest.raises(SessionEnded) as caught:
        asyncio.run(run(INT_80))
    # SIGSEGV where the kernel has no such entry at all.
    assert caught.value.closing.ending in (Ending.SECCOMP, Ending.SIGNAL)


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (
            "import threading\nstop = threading.Event()\nn = 0\ntry:\n    while n < 5000:\n"
            "        threading.Thread(target=stop.wait).start(); n += 1\n"
            "except RuntimeError: pass\nstop.set()\nreturn {'n': n}",
            lambda found: 10 < found["n"] <= load_policy().sandbox.processes + 2,
        ),
        (
            "kept = []\ntry:\n    while True: kept.append(open('/dev/null'))\n"
            "except OSError as e: return {'n': len(kept), 'e': e.errno}",
            lambda found: found["n"] <= load_policy().sandbox.open_files and found["e"] == 24,
        ),
        (
            "n = 0\ntry:\n    for i in range(999):\n        with open(f'/tmp/{i}', 'wb') as f:\n"
            "            for _ in range(8): f.write(bytes(1 << 20)); f.flush(); n += 1\n"
            "except OSError as e: return {'n': n, 'e': e.errno}",
            lambda found: 1 <= found["n"] <= 20 and found["e"] == 28,
        ),
        (
            "n = 0\ntry:\n    for i in range(99999): open(f'/tmp/{i}', 'w').close(); n += 1\n"
            "except OSError as e: return {'n': n, 'e': e.errno}",
            lambda found: 50 <= found["n"] <= 100 and found["e"] == 28,
        ),
        (
            "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nn = 0\ntry:\n"
            "    with open('/tmp/f', 'wb', 0) as f:\n        while True: n += f.write(bytes(1 << 19))\n"
            "except OSError as e: return {'n': n, 'e': e.errno}",
            lambda found: found["n"] <= 2 << 20 and found["e"] == 27,
        ),
    ],
    ids=["threads", "descriptors", "bytes in /tmp", "files in /tmp", "bytes in a file"],
)  # fmt: skip
def test_what_can_be_used_up_has_an_end(request: Any, body: str, check: Callable[[Any], bool]):
    limits = {"tmp_mb": 20, "tmp_inodes": 100, "file_mb": 16}
    if "a file" in request.node.name:
        limits["file_mb"] = 2
    found = asked(design(retrieve=body), jail.policy(sandbox=limits))
    assert check(found), found


def test_the_environment_is_made_of_constants(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "5ca1ab1e")
    monkeypatch.setenv("PYTHONSTARTUP", "/tmp/x")
    found = asked(design(retrieve="return dict(os.environ)"))
    if jail.chosen == "docker":
        assert (found.pop("PATH"), found.pop("HOSTNAME")) == ("/nowhere", "jail")
    if jail.chosen != "forked":
        # A parent of guests extends the path itself, behind the standard library.
        assert found.pop("PYTHONPATH") == "/guest:/guest/names:/guest/standin:/site"
    assert found == {
        "LD_LIBRARY_PATH": "/py/lib:/lib",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "ANONYMIZED_TELEMETRY": "False",
        "PYTHONHASHSEED": "0",
    }


def test_a_guest_is_alone_and_nobody():
    body = (
        "return {'pid': os.getpid(), 'parent': os.getppid(), 'ids': os.getresuid(),\n"
        "  'groups': os.getresgid(), 'more': sorted(set(os.getgroups())), 'cwd': os.getcwd(),\n"
        "  'tmp': os.listdir('/tmp'), 'host': os.uname().nodename, 'root': sorted(os.listdir('/'))}"
    )
    found = asked(design(retrieve=body))
    assert found.pop("more") in ([], [65534])
    if jail.chosen == "docker":
        # An engine does not start without these; what they tell of the host is covered.
        extra = {"proc", "sys", "etc", ".dockerenv"}
        assert extra <= set(found["root"])
        found["root"] = [name for name in found["root"] if name not in extra]
    assert found == {
        "pid": 1, "parent": 0, "ids": [65534] * 3, "groups": [65534] * 3, "cwd": "/tmp", "tmp": [],
        "host": "jail", "root": ["dev", "guest", "lib", "lib64", "py", "site", "tmp"],
    }  # fmt: skip


def test_no_descriptor_is_inherited_but_the_wire():
    body = """
import stat
found = {}
for n in range(200):
    try: mode = os.fstat(n).st_mode
    except OSError: continue
    found[n] = ("pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else
                "device" if stat.S_ISCHR(mode) else "file" if stat.S_ISREG(mode) else
                "folder" if stat.S_ISDIR(mode) else "other")
return {"kinds": sorted(found.values()), "most": max(found)}"""

    async def main() -> Any:
        # Things of the host that a careless start would hand on.
        with open("/etc/passwd") as file:
            folder, pipe = os.open("/", os.O_RDONLY), os.pipe()
            for number in (file.fileno(), folder, *pipe):
                os.set_inheritable(number, True)
            try:
                async with guest(design(retrieve=body)) as session:
                    await ready(session)
                    return (await retrieve(session))["result"]
            finally:
                for number in (folder, *pipe):
                    os.close(number)

    found = asyncio.run(main())
    assert "folder" not in found["kinds"]
    assert "file" not in found["kinds"]
    # In, out, output twice; asyncio's own pair and its epoll.
    pipes, sockets = (2, 4) if jail.chosen == "forked" else (4, 2)
    assert found["kinds"].count("pipe") == pipes
    assert found["kinds"].count("socket") == sockets
    assert found["most"] < 12


async def living(look: Callable[[int], Any]) -> Any:
    """What ``look`` sees of a guest with several threads, from outside."""
    module = "import threading\n"
    body = (
        "self.t = [threading.Thread(target=time.sleep, args=(9,), daemon=True) for _ in range(3)]\n"
        "for t in self.t: t.start()\nreturn {}"
    )
    async with guest(design(module=module, retrieve=body)) as session:
        await ready(session)
        await retrieve(session)
        pid = session.guest_pid()
        assert pid is not None
        return look(pid)


def test_every_thread_is_without_privileges_and_filtered():
    def look(pid: int) -> list[dict[str, str]]:
        return [
            dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines()
                 if ":\t" in line)
            for task in Path(f"/proc/{pid}/task").iterdir()
        ]  # fmt: skip

    threads = asyncio.run(living(look))
    assert len(threads) >= 5
    outside = 65534 if jail.ROOT else os.getuid()
    for status in threads:
        assert status["Uid"].split() == [str(outside)] * 4
        assert status["Gid"].split() == [str(65534 if jail.ROOT else os.getgid())] * 4
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status[name], 16) == 0, name
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert status["NSpid"].split()[-1] == "1" or int(status["NSpid"].split()[-1]) > 1


def test_every_namespace_is_its_own():
    def look(pid: int) -> dict[str, bool]:
        return {
            name: os.readlink(f"/proc/{pid}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}")
            for name in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")
        }

    own = asyncio.run(living(look))
    if jail.chosen == "docker":
        # The engine's business: see SECURITY.md.
        del own["user"]
    assert all(own.values())


def test_two_guests_share_no_namespace():
    async def main() -> list[list[str]]:
        async with guest(design()) as one, guest(design()) as two:
            return [
                [os.readlink(f"/proc/{session.guest_pid()}/ns/{name}")
                 for name in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")]
                for session in (one, two)
            ]  # fmt: skip

    one, two = asyncio.run(main())
    shared = {name.partition(":")[0] for name in set(one) & set(two)}
    assert shared <= ({"user"} if jail.chosen == "docker" else set())


def test_mounts_are_the_five_of_the_configuration():
    def look(pid: int) -> dict[str, set[str]]:
        lines = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
        return {line.split()[4]: set(line.split()[5].split(",")) for line in lines}

    mounts = asyncio.run(living(look))
    if jail.chosen == "docker":
        writable = {place for place, options in mounts.items() if "rw" in options}
        assert "ro" in mounts["/"]
        assert {"noexec", "nodev", "nosuid"} <= mounts["/tmp"]
        assert {place for place in writable if not place.startswith(("/proc", "/sys/"))} <= {
            "/tmp", "/dev", "/dev/pts", "/dev/mqueue", "/etc/hosts", "/etc/hostname",
            "/etc/resolv.conf",
        }  # fmt: skip
        return
    assert set(mounts) == {"/", "/guest", "/tmp", "/dev/null", "/dev/urandom"}
    assert "ro" in mounts["/"] & mounts["/guest"] & mounts["/dev/urandom"]
    assert all("nosuid" in options for options in mounts.values())
    assert {"noexec", "nodev"} <= mounts["/tmp"]
    assert "nodev" in mounts["/"]
    assert "nodev" in mounts["/guest"]


def test_limits_of_the_process_are_those_of_the_policy():
    def look(pid: int) -> dict[str, list[str]]:
        lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
        return {line[:25].strip(): line[26:].split()[:2] for line in lines}

    limits, found = load_policy().sandbox, asyncio.run(living(look))
    if jail.chosen == "docker":
        found["Max processes"] = ["", str(limits.processes)]  # its control group's business
    for name, value in (
        ("Max cpu time", limits.cpu_s),
        ("Max file size", limits.file_mb << 20),
        ("Max core file size", 0),
        ("Max processes", limits.processes),
        ("Max open files", limits.open_files),
        ("Max locked memory", 0),
        ("Max address space", limits.address_space_mb << 20),
        ("Max msgqueue size", 0),
    ):
        assert found[name][1] == str(value), name


def test_the_guest_is_in_a_group_of_its_own():
    def look(pid: int) -> str:
        return Path(f"/proc/{pid}/cgroup").read_text()

    if find_hierarchy() is not None:
        assert f"/alma-safe/{os.getpid()}-" in asyncio.run(living(look))


def test_no_interface_of_the_network_is_up():
    def look(pid: int) -> list[str]:
        lines = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        routes = Path(f"/proc/{pid}/net/route").read_text().splitlines()[1:]
        return [line.split(":")[0].strip() for line in lines] + routes

    assert asyncio.run(living(look)) in (["lo"], [])
