"""Speaking with a container engine: every answer is bounded in time, every fault is ours."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from alma_safe.errors import BackendUnavailable, SessionError
from alma_safe.text import visible

if TYPE_CHECKING:
    from docker import APIClient

RUNTIME_VARIABLE = "ALMA_SAFE_DOCKER_RUNTIME"
_API = "1.41"
"""Since 20.10: the oldest engine with private control group namespaces."""

TIMEOUT_S = 20
"""Seconds that the engine may take for any one answer."""

_HINT = (
    "start the container engine, and let this user use it: systemctl start docker; "
    "usermod -aG docker $USER"
)


def chosen_runtime() -> str:
    """Return the name of the engine's runtime that the environment asks for."""
    return os.environ.get(RUNTIME_VARIABLE) or "runc"


def chosen_engine() -> str:
    """Return the address of the engine that the environment asks for."""
    return os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"


def connect() -> APIClient:
    """Return a client of the engine that the environment names (DOCKER_HOST), else the local one.

    Raises BackendUnavailable when none answers.
    """
    # Costs more to import than a guest to start: only for who uses it.
    import docker
    from docker.errors import DockerException

    client: APIClient | None = None
    try:
        _reach()
        client = docker.from_env(timeout=TIMEOUT_S, version=_API).api
        client.ping()
    except (DockerException, OSError) as error:
        if client is not None:
            client.close()
        raise BackendUnavailable(
            f"no container engine answers: {_said(error)}", hint=_HINT
        ) from None
    return client


def _reach() -> None:
    """Fail early where nobody listens: the client would leave its socket open."""
    kind, _, path = chosen_engine().partition("://")
    if kind == "unix":
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(TIMEOUT_S)
            probe.connect(path)


@contextlib.contextmanager
def answering(what: str) -> Iterator[None]:
    """Turn whatever the engine fails with into a SessionError about ``what``."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException, OSError) as error:
        raise SessionError(
            f"the container engine failed: {what}: {_said(error)}",
            hint="run: alma-safe doctor --sandbox docker",
        ) from None


def _said(error: BaseException) -> str:
    explanation: Any = getattr(error, "explanation", None)
    return visible(str(explanation or error), 300)
