"""What ``alma-safe setup --docker`` does: the images of guests, imported or built."""

from __future__ import annotations

import sys
from collections.abc import Callable

from alma_safe.sandbox import rootfs
from alma_safe.sandbox.docker.build import Source, build_image
from alma_safe.sandbox.docker.client import connect
from alma_safe.sandbox.docker.image import forget_images, import_image


def prepare_images(say: Callable[[str], None], source: Source | None = None) -> None:
    """Make the images that are not there, and remove those of earlier versions.

    They are imported from what is staged here, or built from ``source``; always built where
    the running interpreter is not one for Linux. Raises BackendUnavailable when no engine
    answers or a build fails, SessionError when the engine fails.
    """
    if source is None and sys.platform != "linux":
        source = Source()
    client = connect()
    try:
        made: set[str] = set()
        for chroma in (False, True) if rootfs.chroma_installed() else (False,):
            if source is None:
                made.add(import_image(client, chroma))
            else:
                made.add(build_image(client, chroma, source))
        forget_images(client, keep=made)
    finally:
        client.close()
    for name in sorted(made):
        say(f"image: {name}")
