"""The image of a guest: the staged root and our guest code, imported as one layer.

No registry is asked: what is imported lies on this host already. The tag is the digest
of both, so that an image is never used for another content than it was made of.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from typing import TYPE_CHECKING, Any

from alma_safe.errors import BackendUnavailable
from alma_safe.sandbox.docker.client import answering
from alma_safe.sandbox.rootfs import Rootfs

if TYPE_CHECKING:
    from docker import APIClient

REPOSITORY = "alma-safe-guest"
LAYOUT = 2
"""Raised when the way of packing changes, so that old images are not reused."""

_IMPORT_S = 300


def tag_of(root: Rootfs) -> str:
    """Return the name of the image of this root."""
    runtime, guest = root.path.name, root.guest.name
    parts = (str(LAYOUT), runtime.rpartition("-")[2][:24], guest.rpartition("-")[2][:24])
    return f"{REPOSITORY}:{'-'.join(parts)}"


def find_image(client: APIClient, root: Rootfs) -> str:
    """Return the image's name. Raises BackendUnavailable when it has not been made."""
    from docker.errors import ImageNotFound

    name = tag_of(root)
    with answering("looking for the image"):
        try:
            client.inspect_image(name)
        except ImageNotFound:
            raise BackendUnavailable(
                "the image of the guests is not there, or of another version",
                hint="run: alma-safe setup --docker",
            ) from None
    return name


def make_image(client: APIClient, root: Rootfs) -> str:
    """Import the image if it is not there; return its name."""
    try:
        return find_image(client, root)
    except BackendUnavailable:
        pass
    name = tag_of(root)
    repository, _, tag = name.partition(":")
    with tempfile.TemporaryFile() as archive:
        _pack(root, archive)
        archive.seek(0)
        before = client.timeout
        client.timeout = _IMPORT_S
        try:
            with answering("importing the image"):
                client.import_image(archive, repository=repository, tag=tag)
        finally:
            client.timeout = before
    return find_image(client, root)


def forget_images(client: APIClient, keep: set[str]) -> None:
    """Remove images of earlier versions that nothing uses."""
    from docker.errors import APIError

    with answering("listing images"):
        images = client.images(name=REPOSITORY)
    for image in images:
        for name in image.get("RepoTags") or []:
            if name not in keep:
                try:
                    client.remove_image(name)
                except APIError:
                    continue  # in use


def _pack(root: Rootfs, target: Any) -> None:
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.add(root.path, arcname=".", filter=_runtime)
        archive.add(root.guest, arcname="./guest", filter=_plain)
        for folder in ("proc", "sys", "etc"):
            if not os.path.exists(root.path / folder):
                entry = tarfile.TarInfo(f"./{folder}")
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)


def _runtime(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """All of the runtime but the empty folder onto which jails mount the guest code."""
    if entry.name == "./guest":
        return None
    if entry.name == "./tmp":
        # The engine gives its tmpfs the mode of the folder that it covers.
        entry.mode = 0o1777
    return _plain(entry)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's file of no time: the same content gives the same archive."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry
