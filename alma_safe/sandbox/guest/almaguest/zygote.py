"""The parent of guests: inside the wall, it imports once and forks a guest per design.

It never sees a design: the host sends designs to the guests alone, over wires of
their own. What it says over its control socket can be believed, since a guest has
neither that socket nor any way to reach this process.

Messages on the control socket (SOCK_SEQPACKET, one JSON object each): from the host a
setup with a descriptor to read it from and one of the material, then ``{"fork": job}``
with the wire and the output pipe of the guest. Back: ``ready``, ``started``, ``failed``, ``ended``.
"""

import array
import base64
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from typing import Any, NoReturn

from almaguest import forever, lockdown, rehearsal, runner
from almaguest.material import Material

_FAILED = 97
_MAX_TEXT = 300
_SEVERAL = 3
"""One design alone asks for two guests of the same parent."""


class Zygote:
    """One parent: its setup, its control socket, and the guests that live."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._jobs: dict[int, int] = {}
        self._asked = 0
        self._used_up: list[Any] = []
        message, descriptors = _receive(control)
        if message is None or not message.get("setup"):
            os._exit(0)
        setup = _read_all(descriptors[0])
        self._material = Material.mapped(descriptors[1])
        os.close(descriptors[1])
        self._limits: dict[str, int] = setup["limits"]
        self._tmp: str = setup["tmp"]
        self._filter = lockdown.Filter(base64.b64decode(setup["filter"]))
        self._modules: list[str] = setup["modules"]
        for name in setup["first"]:
            importlib.import_module(name)

    def serve(self) -> NoReturn:
        """Fork and reap until the host hangs up; ending it ends every guest, as PID 1 here."""
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        # What is there by now stays shared with every guest.
        gc.freeze()
        gc.disable()
        self._say({"ready": True})
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(wake, select.POLLIN)
        while True:
            events = dict(poll.poll())
            if wake in events:
                os.read(wake, 4096)
                self._reap()
            if self._control.fileno() in events:
                message, descriptors = _receive(self._control)
                if message is None:
                    os._exit(0)
                self._prepare_for_many()
                self._fork(message["fork"], *descriptors)

    def _prepare_for_many(self) -> None:
        """Once several guests have been asked for, do what only pays for many of them."""
        self._asked += 1
        if self._asked == _SEVERAL:
            for name in self._modules:
                importlib.import_module(name)
            # Where there is no descriptor left, guests only cost more.
            with contextlib.suppress(OSError):
                rehearsal.rehearse(self._material)
            gc.unfreeze()
            gc.collect()
            forever.make_immortal()
            self._used_up = forever.use_up()
            gc.freeze()

    def _say(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode())

    def _reap(self) -> None:
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self._jobs.pop(pid, None)
            if job is not None:
                cpu_s = used.ru_utime + used.ru_stime
                self._say(
                    {"ended": job, "status": status, "cpu_s": cpu_s, "peak_kb": used.ru_maxrss}
                )

    def _fork(self, job: int, wire: int, output: int) -> None:
        try:
            child = lockdown.fork_apart()
        except OSError as error:
            os.write(2, f"a guest could not be forked: {error}\n".encode()[:_MAX_TEXT])
            self._say({"failed": job})
        else:
            if child == 0:
                _guarded(lambda: self._become_guest(wire, output))
            self._jobs[child] = job
            self._say({"started": job, "pid": child})
        os.close(wire)
        os.close(output)

    def _become_guest(self, wire: int, output: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(wire, 0)
        os.dup2(wire, 1)
        os.dup2(output, 2)
        os.closerange(3, 4096)
        lockdown.own_tmp(self._tmp)
        lockdown.without_privileges(self._limits)
        gc.enable()
        incoming, outgoing = runner.take_wire()
        self._filter.install()
        runner.run(incoming, outgoing, self._material)


def _guarded(work: Any) -> NoReturn:
    """Run a child's part; whatever goes wrong ends it before a design could come."""
    try:
        work()
    except BaseException as error:
        text = f"the guest could not be locked down: {type(error).__name__}: {error}"
        os.write(2, text[:_MAX_TEXT].encode("utf-8", "replace") + b"\n")
        os._exit(_FAILED)
    os._exit(0)


def _receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    data, ancillary, _, _ = control.recvmsg(4096, socket.CMSG_SPACE(8))
    if not data:
        return None, []
    descriptors = array.array("i")
    for _, _, packed in ancillary:
        descriptors.frombytes(packed)
    return json.loads(data), list(descriptors)


def _read_all(descriptor: int) -> Any:
    with os.fdopen(descriptor, "rb") as stream:
        return json.loads(stream.read())


def main() -> None:
    """Serve on the socket whose number is the only argument."""
    Zygote(socket.socket(fileno=int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
