"""What ``alma-safe setup`` does for the sandbox: the binary and the staged runtime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alma_safe.sandbox import rootfs
from alma_safe.sandbox.nsjail.binary import install_nsjail

__all__ = ["install_nsjail", "prepare"]

type Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Install the nsjail binary and stage the guests' file systems."""
    install_nsjail(say)
    for chroma in (False, True) if rootfs.chroma_installed() else (False,):
        root: Path = rootfs.stage(chroma).path
        say(f"guest file system{' with chroma' if chroma else ''}: {root}")
