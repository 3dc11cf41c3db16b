"""Lays the file system of a guest out in a folder: what a step of ``envs/Dockerfile`` runs.

    python3 -m alma_safe.sandbox.docker.layout FOLDER [chroma]

Standard library only, as it runs where nothing of ours is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile

from alma_safe.sandbox import rootfs
from alma_safe.sandbox.docker.image import pack


def main() -> None:
    """Stage the root of this interpreter and unpack it as an image holds it."""
    folder, kind = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryFile() as archive:
        pack(rootfs.stage("chroma" in kind), archive)
        archive.seek(0)
        with tarfile.open(fileobj=archive) as packed:
            packed.extractall(folder, filter="fully_trusted")
    _prove(folder)


def _prove(folder: str) -> None:
    """Import what designs may import, inside: a base that lacks a library is found out here."""

    def inside() -> None:
        os.chroot(folder)
        os.chdir("/")

    modules = ", ".join(name.replace("-", "_") for name in rootfs.BASE_LIBRARIES)
    subprocess.run(
        [rootfs.PYTHON, "-S", "-B", "-c", f"import almaguest.runner, {modules}"],
        check=True,
        preexec_fn=inside,
        env={"LD_LIBRARY_PATH": "/py/lib:/lib", "PYTHONPATH": rootfs.python_path(False)},
    )


if __name__ == "__main__":
    main()
