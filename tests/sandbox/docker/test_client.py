"""One connection to the engine for all threads that start guests; the engine is a stub."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from alma_safe.errors import SessionError
from alma_safe.sandbox.docker import backend as backends
from alma_safe.sandbox.docker.backend import DockerBackend


class Engine:
    """Answers what is asked when a connection is made; ``meanwhile`` is done before that."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile = meanwhile
        self.closed = 0

    def containers(self, **_: Any) -> list[Any]:
        return []

    def info(self) -> dict[str, str]:
        self._meanwhile()
        return {"CgroupDriver": "cgroupfs"}

    def close(self) -> None:
        self.closed += 1


class Meanwhile:
    """Another thread that asks for the client when the first one is in the midst of making it."""

    def __init__(self, backend: DockerBackend) -> None:
        self._backend = backend
        self._once = iter([True])
        self.got: list[tuple[Any, bool]] = []
        self.thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        self.got.append((self._backend.client(), self._backend._paths))

    def __call__(self) -> None:
        if next(self._once, False):
            self.thread.start()
            # It has to wait for us: that it would not shows in this time, if at all.
            self.thread.join(0.3)


@pytest.mark.parametrize("moment", ["connecting", "asking"])
def test_threads_get_one_client_and_get_it_whole(monkeypatch, moment):
    backend = DockerBackend()
    other = Meanwhile(backend)
    made: list[Engine] = []

    def connect() -> Engine:
        if moment == "connecting":
            other()
        made.append(Engine(other if moment == "asking" else lambda: None))
        return made[-1]

    monkeypatch.setattr(backends, "connect", connect)
    first: Any = backend.client()
    other.thread.join(30)
    assert made == [first]
    assert other.got == [(first, True)]
    asyncio.run(backend.aclose())
    assert [engine.closed for engine in made] == [1]


def test_a_connection_that_tells_nothing_is_closed(monkeypatch):
    def silent() -> None:
        raise OSError("no answer")

    engine = Engine(silent)
    monkeypatch.setattr(backends, "connect", lambda: engine)
    with pytest.raises(SessionError, match="no answer"):
        DockerBackend().client()
    assert engine.closed == 1
