"""Building the image of a guest from ``envs/Dockerfile``.

For hosts that are no Linux: their own interpreter is none that a container could run. The
versions are those of this installation, so that types are checked against what will run.
"""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alma_safe.errors import BackendUnavailable
from alma_safe.installed import version_of
from alma_safe.resources import resource_dir
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.docker.client import answering
from alma_safe.sandbox.docker.image import built_tag, has_image
from alma_safe.text import visible

if TYPE_CHECKING:
    from docker import APIClient

_PACKAGE = Path(__file__).resolve().parents[2]
_BUILD_S = 1800
_WHEELS = "/build/wheels"
_STAGE = "alma-safe.stage=guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an image is built from: ``base``, an image or empty for the usual one, and packages.

    ``wheels`` is a folder to take them from instead of an index, for hosts without one;
    ``pip`` are options for pip, as ``--index-url URL``.
    """

    base: str = ""
    wheels: Path | None = None
    pip: str = ""


def build_image(client: APIClient, chroma: bool, source: Source) -> str:
    """Build the image if it is not there; return its name. Raises BackendUnavailable."""
    from docker.errors import APIError

    name = built_tag(chroma)
    if has_image(client, name):
        return name
    before = client.timeout
    client.timeout = _BUILD_S
    try:
        with answering("building the image"):
            said = client.build(
                fileobj=context(source.wheels),
                custom_context=True,
                dockerfile="Dockerfile",
                tag=name,
                buildargs=arguments(chroma, source),
                # Only this build reaches an index; guests have no network.
                network_mode="host",
                rm=True,
                forcerm=True,
                decode=True,
            )
            problem = _problem(said)
            # The first stage is four times the image, and only good for the layers of the next.
            client.prune_images(filters={"dangling": True, "label": [_STAGE]})
    except APIError as error:
        problem = str(error)
    finally:
        client.timeout = before
    if problem:
        raise BackendUnavailable(
            f"the image of the guests could not be built: {visible(problem)}",
            hint="a base image and packages have to be reachable: see --base and --wheels",
        )
    return name


def arguments(chroma: bool, source: Source) -> dict[str, str]:
    """Return the build arguments: the base of our own Python's version, pinned libraries."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    pip = source.pip
    if source.wheels is not None:
        pip = f"--no-index --find-links {_WHEELS} {pip}".strip()
    pinned = [f"{name}=={version}" for name, version in rootfs.libraries().items()]
    store = f"{rootfs.CHROMA_LIBRARY}=={version_of(rootfs.CHROMA_LIBRARY)}" if chroma else ""
    return {
        "BASE": source.base or f"python:{version}-slim",
        "LIBRARIES": " ".join(pinned),
        "CHROMA": store,
        "PIP_OPTIONS": pip,
    }


def context(wheels: Path | None) -> io.BytesIO:
    """Return what the engine is sent: the Dockerfile, our own sources, and maybe wheels."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.add(resource_dir("envs") / "Dockerfile", arcname="Dockerfile")
        for path in sorted(_PACKAGE.rglob("*.py")):
            archive.add(path, arcname=f"alma_safe/{path.relative_to(_PACKAGE)}")
        for path in sorted(wheels.glob("*.whl")) if wheels else ():
            archive.add(path, arcname=f"wheels/{path.name}")
    target.seek(0)
    return target


def _problem(said: Any) -> str:
    """The error that ends a build, if one does; reading to the end is waiting for it."""
    last = ""
    for line in said:
        if isinstance(line, Mapping) and "error" in line:
            return f"{line['error']} {last}".strip()
        if isinstance(line, Mapping) and str(line.get("stream", "")).strip():
            last = str(line["stream"]).strip()
    return ""
