"""Containers: what is the engine's own, its faults, and what a killed host leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alma_safe.errors import BackendUnavailable, SessionError
from alma_safe.policy import load_policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import Ending, SessionEnded
from alma_safe.sandbox.docker import client as clients
from alma_safe.sandbox.docker import image, spec
from alma_safe.sandbox.docker.backend import DockerBackend, owner, sweep
from tests.sandbox import jail
from tests.sandbox.jail import design, policy, ready, retrieve

pytestmark = pytest.mark.skipif("docker" not in jail.BACKENDS, reason="no engine may be used here")

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def engine() -> Iterator[Any]:
    client = clients.connect()
    yield client
    client.close()


def ours(engine: Any) -> set[str]:
    found = engine.containers(all=True, filters={"label": spec.OWNER})
    return {container["Id"] for container in found}


async def answered(backend: DockerBackend, body: str, **sandbox: Any) -> Any:
    session = await backend.open(
        design(retrieve=body), policy(sandbox=sandbox), broker=jail.no_model
    )
    try:
        await ready(session)
        return (await retrieve(session))["result"]
    except SessionEnded as error:
        return error.closing.ending
    finally:
        await session.close()
        await backend.aclose()


def test_the_host_tells_nothing_through_proc_sys_and_etc():
    body = """
def read(path):
    try:
        with open(path) as file: return file.read(200)
    except OSError: return ""
names = [f"/proc/{name}" for name in os.listdir("/proc") if os.path.isfile(f"/proc/{name}")]
names += [f"/etc/{name}" for name in os.listdir("/etc")]
return {"told": {name: text for name in names if (text := read(name))}, "sys": os.listdir("/sys")}"""
    found = asyncio.run(answered(DockerBackend(), body))
    assert found["sys"] == []
    # The table of the guest's own mounts; its own name.
    assert set(found["told"]) <= {"/proc/mounts", "/etc/mtab", "/etc/hostname"}
    assert found["told"]["/etc/hostname"] == "jail\n"


@pytest.mark.skipif(shutil.which("runsc") is None, reason="gVisor is not installed")
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return {'pid': os.getpid()}", {"pid": 1}),
        ("os._exit(3)", Ending.EXIT),
        ("while True: pass", Ending.TIMEOUT_WALL),
        ("while True: os.write(2, b'x' * 65536)", Ending.OUTPUT),
    ],
)
def test_gvisor_carries_sessions_as_well(body, expected, monkeypatch):
    monkeypatch.setattr(jail, "DEADLINE_S", 4.0)
    assert asyncio.run(answered(DockerBackend(runtime="runsc"), body)) == expected


def test_a_runtime_that_the_engine_lacks_is_named():
    capabilities = asyncio.run(DockerBackend(runtime="no-such").probe())
    assert not capabilities.usable
    assert "no-such" in capabilities.guards[-1].detail


def test_a_runtime_is_a_wall_of_its_own(monkeypatch):
    """What a verdict holds for: `runc` and `runsc` of one engine are not told alike."""
    found = []
    for runtime in ("runc", "runc", "runsc"):
        monkeypatch.setenv(clients.RUNTIME_VARIABLE, runtime)
        backend = DockerBackend()
        found.append(backend.identity())
        asyncio.run(backend.aclose())
    assert found[0] == found[1] != found[2]
    assert found[2]["runtime"] == "runsc"
    assert found[0]["ServerVersion"]


def test_the_probe_starts_a_guest():
    capabilities = asyncio.run(DockerBackend().probe())
    assert capabilities.usable
    assert {guard.name for guard in capabilities.guards} == {
        "container engine", "guest", "usage counters",
    }  # fmt: skip


def test_an_engine_that_is_not_there_is_unavailable(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(BackendUnavailable, match="no container engine answers") as caught:
        clients.connect()
    assert caught.value.hint


def test_an_engine_that_never_answers_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/mute.sock")
    monkeypatch.setattr(clients, "TIMEOUT_S", 1)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(f"{tmp_path}/mute.sock")
        mute.listen()
        started = time.monotonic()
        with pytest.raises(BackendUnavailable):
            clients.connect()
        assert time.monotonic() - started < 10


def test_an_image_of_another_version_is_not_used(monkeypatch):
    monkeypatch.setattr(image, "LAYOUT", 0)

    async def main() -> None:
        backend = DockerBackend()
        try:
            await backend.open(design(), load_policy(), broker=jail.no_model)
        finally:
            await backend.aclose()

    with pytest.raises(BackendUnavailable) as caught:
        asyncio.run(main())
    assert caught.value.hint == "run: alma-safe setup --docker"


def test_images_of_other_versions_go_when_they_are_no_longer_new(engine, monkeypatch):
    name = f"{image.REPOSITORY}:of-an-earlier-version"
    engine.import_image_from_data(b"\0" * 10240, repository=image.REPOSITORY, tag=name[-21:])
    kept = {tag for each in engine.images(name=image.REPOSITORY) for tag in each["RepoTags"]}
    try:
        image.forget_images(engine, keep=kept - {name})
        assert image.has_image(engine, name)  # another checkout may work with it
        monkeypatch.setattr(image, "_RECENT_S", 0)
        image.forget_images(engine, keep=kept - {name})
        assert not image.has_image(engine, name)
        assert all(image.has_image(engine, each) for each in kept - {name})
    finally:
        with contextlib.suppress(Exception):
            engine.remove_image(name)


def test_the_archive_of_a_root_is_the_same_every_time(tmp_path):
    (tmp_path / "r-1" / "tmp").mkdir(parents=True)
    (tmp_path / "r-1" / "guest").mkdir()
    (tmp_path / "g-1").mkdir()
    (tmp_path / "g-1" / "code.py").write_text("x = 1\n")
    root = rootfs.Rootfs(path=tmp_path / "r-1", guest=tmp_path / "g-1", chroma=False)
    archives = []
    for number in range(2):
        with (tmp_path / f"{number}.tar").open("w+b") as stream:
            image.pack(root, stream)
        archives.append((tmp_path / f"{number}.tar").read_bytes())
    assert archives[0] == archives[1]


def test_a_container_that_is_taken_away_ends_its_session(engine):
    async def main() -> Ending:
        backend = DockerBackend()
        before = ours(engine)
        session = await backend.open(
            design(retrieve="time.sleep(30)"), load_policy(), broker=jail.no_model
        )
        await ready(session)
        asking = asyncio.create_task(retrieve(session))
        await asyncio.sleep(0.1)
        (mine,) = {
            container["Id"]
            for container in engine.containers(filters={"label": spec.OWNER})
            if container["Id"] not in before
            and container["Labels"][spec.OWNER] == owner(os.getpid())
        }
        await asyncio.to_thread(engine.remove_container, mine, force=True)
        with pytest.raises(SessionEnded) as caught:
            await asking
        await backend.aclose()
        return caught.value.closing.ending

    # Killed by nobody we know, or not even to be found any more.
    assert asyncio.run(main()) in (Ending.SIGNAL, Ending.INFRASTRUCTURE)


HOST = """
import asyncio, sys
sys.path.insert(0, {root!r})
from alma_safe.policy import load_policy
from alma_safe.sandbox.docker.backend import DockerBackend
from tests.sandbox import jail
async def main():
    backend = DockerBackend()
    session = await backend.open(jail.design(), load_policy(), broker=jail.no_model)
    print("up", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_what_a_killed_host_leaves_is_swept(engine):
    host = subprocess.Popen(
        [sys.executable, "-c", HOST.format(root=str(ROOT))], stdout=subprocess.PIPE, text=True
    )
    assert host.stdout is not None
    assert host.stdout.readline() == "up\n"
    label = owner(host.pid)
    host.kill()
    host.wait()
    host.stdout.close()
    sweep(engine)
    deadline = time.monotonic() + 10
    while True:
        labels = {
            container["Labels"][spec.OWNER]
            for container in engine.containers(all=True, filters={"label": spec.OWNER})
        }
        if label not in labels:
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_containers_of_a_living_host_are_left_alone(engine):
    async def main() -> Any:
        backend = DockerBackend()
        session = await backend.open(
            design(retrieve="return {'alive': True}"), load_policy(), broker=jail.no_model
        )
        await ready(session)
        sweep(engine)
        answer = (await retrieve(session))["result"]
        await session.close()
        await backend.aclose()
        return answer

    assert asyncio.run(main()) == {"alive": True}


def test_a_process_with_a_used_number_is_another_owner():
    assert owner(1) != owner(2)
    with contextlib.suppress(ProcessLookupError):
        assert owner(2**22 - 1).endswith("gone")


def test_engine_faults_become_errors_of_ours():
    from docker.errors import APIError

    with (
        pytest.raises(SessionError, match="making tea: no\\\\x1b"),
        clients.answering("making tea"),
    ):
        raise APIError("no", explanation="no\x1b[2J")
