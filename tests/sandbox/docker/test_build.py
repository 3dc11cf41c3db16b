"""An image built from envs/Dockerfile: from a base made of what lies here, without a registry."""

from __future__ import annotations

import asyncio
import importlib.metadata
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from alma_safe.policy import load_policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.docker import build, image
from alma_safe.sandbox.docker.backend import DockerBackend
from alma_safe.sandbox.docker.client import connect
from tests.sandbox import jail
from tests.sandbox.jail import design, ready

BASE = "alma-safe-test-base:latest"
_TOOLS = ("/bin/sh", "/bin/bash", "/usr/bin/ldd")
_LEFT_OUT = {"test", "idlelib", "tkinter", "lib2to3", "site-packages", "__pycache__"}


def linked(programs: list[str]) -> set[str]:
    """The libraries that programs of this host are linked against, and the loader."""
    said = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    words = said.replace("=>", " ").split()
    return {word for word in words if word.startswith("/") and not word.endswith(":")}


def base() -> io.BytesIO:
    """A root with this interpreter, pip, a shell and ldd."""
    prefix = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    home = prefix / "lib" / version
    interpreter = os.path.realpath(sys.executable)
    modules = [str(path) for path in (home / "lib-dynload").glob("*.so")]
    # What every distribution has and libraries count on.
    for name in ("numpy", "scipy"):
        package = importlib.metadata.distribution(name).locate_file(name)
        modules += [str(path) for path in Path(str(package)).rglob("*.so")]
    needed = {
        path for path in linked([*_TOOLS, interpreter, *modules]) if "site-packages" not in path
    }
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", dereference=True) as archive:

        def useful(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
            return None if _LEFT_OUT & set(Path(entry.name).parts[-1:]) else entry

        for path in sorted({*_TOOLS, *needed}):
            archive.add(path)
        archive.add(interpreter, arcname="/usr/bin/python3")
        archive.add(interpreter)
        archive.add(home, filter=useful)
        for name in ("pip", *(path.name for path in (home / "site-packages").glob("pip-*"))):
            archive.add(home / "site-packages" / name, filter=useful)
    target.seek(0)
    return target


def wheel(name: str, folder: Path) -> None:
    """Pack an installed library as the wheel that it came from, as far as an import needs it."""
    distribution = importlib.metadata.distribution(name)
    plain = name.replace("-", "_")
    target = folder / f"{plain}-{distribution.version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as packed:
        for file in distribution.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                packed.write(str(distribution.locate_file(file)), str(file))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The image, built; gone again afterwards."""
    wheels = tmp_path_factory.mktemp("wheels")
    for name in rootfs.BASE_LIBRARIES:
        wheel(name, wheels)
    client = connect()
    client.timeout = 600
    try:
        prefix = f"LD_LIBRARY_PATH={sys.base_prefix}/lib"
        changes = [f"ENV PYTHONHOME={sys.base_prefix} {prefix} PATH=/usr/bin:/bin"]
        client.import_image_from_data(
            base().read(), repository="alma-safe-test-base", tag="latest", changes=changes
        )
        yield build.build_image(client, False, build.Source(base=BASE, wheels=wheels))
    finally:
        for name in (image.built_tag(False), BASE):
            if image.has_image(client, name):
                client.remove_image(name, force=True)
        client.close()


@pytest.mark.skipif(not os.environ.get("ALMA_SAFE_ALL"), reason="takes minutes: ALMA_SAFE_ALL=1")
def test_a_built_image_is_a_guest_like_the_imported_one(built, monkeypatch):
    # Only the built one is found.
    monkeypatch.setattr(image, "imported_tag", lambda chroma: "alma-safe-guest:none")
    client = connect()
    try:
        assert image.find_image(client, chroma=False) == built
        config = client.inspect_image(built)["Config"]
        assert config["User"] == "65534:65534"
    finally:
        client.close()
    body = (
        "import numpy, networkx, os\nreturn {'root': sorted(os.listdir('/')), 'uid': os.getuid()}"
    )

    async def main() -> dict[str, object]:
        backend = DockerBackend()
        try:
            session = await backend.open(design(retrieve=body), load_policy(), broker=jail.no_model)
            await ready(session)
            asked = {"instance": 0, "recorder": {"init": {}, "steps": [], "reward": 0.0}}
            try:
                answer = await session.call("retrieve", asked, deadline_s=20)
            finally:
                await session.close()
            return dict(answer["result"])
        finally:
            await backend.aclose()

    found = asyncio.run(main())
    assert found["uid"] == 65534
    assert set(found["root"]) <= {  # type: ignore[arg-type]
        "dev", "etc", "guest", "lib", "lib64", "proc", "py", "site", "sys", "tmp", ".dockerenv",
    }  # fmt: skip


def test_the_build_has_the_versions_of_this_installation(tmp_path):
    arguments = build.arguments(False, build.Source())
    assert f"numpy=={importlib.metadata.version('numpy')}" in arguments["LIBRARIES"].split()
    assert arguments["BASE"] == f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
    assert arguments["CHROMA"] == arguments["PIP_OPTIONS"] == ""
    offline = build.arguments(False, build.Source(base="here:1", wheels=tmp_path))
    assert offline["BASE"] == "here:1"
    assert offline["PIP_OPTIONS"] == "--no-index --find-links /build/wheels"


def test_the_context_holds_the_dockerfile_our_sources_and_wheels(tmp_path):
    (tmp_path / "x-1-py3-none-any.whl").write_bytes(b"")
    with tarfile.open(fileobj=build.context(tmp_path)) as sent:
        names = set(sent.getnames())
    assert {"Dockerfile", "alma_safe/__init__.py", "wheels/x-1-py3-none-any.whl"} <= names
    assert "alma_safe/sandbox/guest/almaguest/runner.py" in names
    assert all(name.endswith((".py", ".whl", "Dockerfile")) for name in names)
