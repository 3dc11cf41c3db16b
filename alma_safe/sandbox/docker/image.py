"""The image of a guest: where it is looked for, and how it is imported.

Imported, it is the staged root and our guest code as one layer: no registry is asked, all of
it lies on this host already. Where that is no Linux it is built instead (``build``). The tag is
the digest of what belongs into it, so that an image is never used for another content.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tarfile
import tempfile
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from alma_safe.errors import BackendUnavailable, SessionError
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.docker.client import answering
from alma_safe.sandbox.rootfs import Rootfs

if TYPE_CHECKING:
    from docker import APIClient

REPOSITORY = "alma-safe-guest"
LAYOUT = 2
"""Raised when the way of packing changes, so that old images are not reused."""

_MOVED_S = 300
_RECENT_S = 24 * 3600


def imported_tag(chroma: bool) -> str:
    """Return the name of the image that is imported."""
    runtime, guest = rootfs.digests(chroma)
    return f"{REPOSITORY}:{LAYOUT}-{runtime[:24]}-{guest[:24]}"


def built_tag(chroma: bool) -> str:
    """Return the name of the image that is built: of another interpreter, so not the same."""
    runtime, guest = rootfs.digests(chroma)
    both = hashlib.sha256(f"{runtime} {guest}".encode()).hexdigest()
    return f"{REPOSITORY}:{LAYOUT}-built-{both[:40]}"


def find_image(client: APIClient, chroma: bool) -> str:
    """Return the image's name. Raises BackendUnavailable when it has not been made."""
    for name in (imported_tag(chroma), built_tag(chroma)):
        if has_image(client, name):
            return name
    raise BackendUnavailable(
        "the image of the guests is not there, or of another version",
        hint="run: alma-safe setup --docker",
    )


def has_image(client: APIClient, name: str) -> bool:
    """Whether the engine has an image of this name."""
    from docker.errors import ImageNotFound

    with answering("looking for the image"):
        try:
            client.inspect_image(name)
        except ImageNotFound:
            return False
    return True


def import_image(client: APIClient, chroma: bool) -> str:
    """Import the image if it is not there; return its name."""
    name = imported_tag(chroma)
    if has_image(client, name):
        return name
    root = rootfs.stage(chroma)
    repository, _, tag = name.partition(":")
    with tempfile.TemporaryFile() as archive:
        pack(root, archive)
        archive.seek(0)
        with answering("importing the image"), _patient(client):
            client.import_image(archive, repository=repository, tag=tag)
    return name


def forget_images(client: APIClient, keep: set[str]) -> None:
    """Remove images of earlier versions that nothing uses.

    Not those of the last day: another checkout on this engine may work with them.
    """
    with answering("listing images"):
        images = client.images(name=REPOSITORY)
    for image in images:
        if time.time() - image.get("Created", 0) < _RECENT_S:
            continue
        for name in image.get("RepoTags") or []:
            if name not in keep:
                # One that is in use stays, as does one that the engine is too busy for.
                told = answering("removing an image")
                with contextlib.suppress(SessionError), told, _patient(client):
                    client.remove_image(name)


@contextlib.contextmanager
def _patient(client: APIClient) -> Iterator[None]:
    """Wait as long as it takes the engine to move a whole image."""
    before = client.timeout
    client.timeout = _MOVED_S
    try:
        yield
    finally:
        client.timeout = before


def pack(root: Rootfs, target: Any) -> None:
    """Write the whole file system of a guest as an archive."""
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
