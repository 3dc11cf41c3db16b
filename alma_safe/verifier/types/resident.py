"""A process that has mypy and the library in memory and forks a checker for each design.

Run as ``python -I -c BOOT`` (see ``workers``) with the arguments CONTROL CACHE MEMORY_MB
CPU_S. It never reads a design: that is for its children, which end with their one
answer, so that nothing of a design can reach the next. What a child does not answer as
it should is checked again by ``driver``, whose word counts.
"""

from __future__ import annotations

import array
import gc
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

from alma_safe.verifier.types import driver

if TYPE_CHECKING:
    from mypy.build import BuildResult

_MAX_SOURCE = 1 << 20
_LIBRARY = "library"


class NotResident(Exception):
    """The design imports something that was not loaded before: not a case for this process."""


def main() -> None:
    """Load the library that the first message names, then fork for every further one."""
    number, cache = int(sys.argv[1]), sys.argv[2]
    memory_mb, cpu_s = int(sys.argv[3]), int(sys.argv[4])
    control = socket.socket(fileno=number)
    modules, _ = _receive(control)
    driver.prepare()
    library = _load(modules.decode("utf-8").split(), cache)
    # Reaped by the kernel: that a child is gone shows at its end of the output.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What is there by now stays shared with every child.
    gc.collect()
    gc.freeze()
    gc.disable()
    control.send(b"ready")
    while True:
        message, descriptors = _receive(control)
        if not message:
            os._exit(0)
        source, output = descriptors
        if os.fork() == 0:
            control.close()
            driver.limit(memory_mb, cpu_s)
            _answer(source, output, library)
        os.close(source)
        os.close(output)


def _answer(source: int, output: int, library: BuildResult) -> None:
    """Check one design and end this process, however that goes."""
    try:
        with os.fdopen(source, "rb") as stream:
            data = stream.read(_MAX_SOURCE)
        lines = driver.report(data, lambda text: _built(text, library))
        with os.fdopen(output, "wb") as stream:
            stream.write("".join(f"{line}\n" for line in lines).encode("utf-8"))
    finally:
        os._exit(0)


def _load(modules: list[str], cache: str) -> BuildResult:
    """Build a module that imports all of them, and the judge's own needs."""
    import mypy.build
    from mypy.modulefinder import BuildSource

    import alma_safe.verifier.types.judge  # noqa: F401  # loaded before the fork

    text = "".join(f"import {module}\n" for module in modules)
    _, contract = driver.design_sources("")
    return mypy.build.build([BuildSource(None, _LIBRARY, text), contract], driver.options(cache))


def _built(text: str, library: BuildResult) -> tuple[list[str], BuildResult | None]:
    """Check the design as one more module of the loaded library, as mypy's build would."""
    from mypy import build
    from mypy.errors import CompileError
    from mypy.modulefinder import BuildSourceSet

    manager, graph = library.manager, library.graph
    messages: list[str] = []

    def flush(path: str | None, new: list[str], serious: bool) -> None:
        messages.extend(new)

    sources = driver.design_sources(text)
    manager.flush_errors = flush
    manager.errors.reset()
    manager.all_types.clear()
    manager.source_set = BuildSourceSet(sources)
    loaded: list[Any] = []
    try:
        build.load_graph(sources[:1], manager, graph, loaded)
        if [state.id for state in loaded] != ["design"]:
            raise NotResident
        component = build.SCC({"design"}, -1, [])
        manager.scc_by_id[component.id] = component
        manager.scc_by_mod_id["design"] = component
        build.process_stale_scc(graph, component, manager)
    except CompileError as error:
        return [*messages, *error.messages], None
    return messages, build.BuildResult(manager, graph)


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    data, ancillary, _, _ = control.recvmsg(1 << 16, socket.CMSG_SPACE(8))
    descriptors = array.array("i")
    for _, _, packed in ancillary:
        descriptors.frombytes(packed)
    return data, list(descriptors)
