"""What ``alma-safe setup --docker`` does: the images of guests, from what is staged here."""

from __future__ import annotations

from collections.abc import Callable

from alma_safe.sandbox import rootfs
from alma_safe.sandbox.docker.client import connect
from alma_safe.sandbox.docker.image import forget_images, make_image


def prepare_images(say: Callable[[str], None]) -> None:
    """Import the images that are not there, and remove those of earlier versions.

    Raises BackendUnavailable when no engine answers, SessionError when it fails.
    """
    client = connect()
    try:
        kinds = (False, True) if rootfs.chroma_installed() else (False,)
        made = {make_image(client, rootfs.stage(chroma)) for chroma in kinds}
        forget_images(client, keep=made)
    finally:
        client.close()
    for name in sorted(made):
        say(f"image: {name}")
