"""The file system of a guest, staged once: interpreter, allowed libraries, guest runner.

Everything a guest can read lies in two folders that are mounted read-only, the
runtime as its root and our own guest code in it: nothing else of the host is bound
in, so nothing can be bound in by mistake. Each folder is named by a digest of what
went into it and appears in one step (rename), so that a killed setup leaves nothing
half-made. What copies is imported where it is used: mostly the folders are there.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.cache import cache_dir
from alma_safe.errors import BackendUnavailable
from alma_safe.installed import version_of

if TYPE_CHECKING:
    from importlib.metadata import Distribution

LAYOUT = 2
"""Raised when the way of staging changes, so that old stages are not reused."""

BASE_LIBRARIES = ("numpy", "scipy", "networkx", "typing_extensions")
CHROMA_LIBRARY = "langchain-chroma"

PYTHON = f"/py/bin/python{sys.version_info.major}.{sys.version_info.minor}"

_UNUSED_DAYS = 14

_GUEST = Path(__file__).resolve().parent / "guest"
_CONTRACT = Path(__file__).resolve().parent.parent / "contract.py"
_STDLIB_LEFT_OUT = frozenset(
    {
        "__phello__", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "site-packages",
        "dist-packages", "test", "tests", "tkinter", "turtledemo", "venv",
    }
)  # fmt: skip
_PREFIXES_LEFT_OUT = (
    "config-", "_test", "xxlimited", "_tkinter", "_curses", "nis.", "_dbm", "_gdbm", "readline",
)  # fmt: skip
_LIBRARY_LEFT_OUT = frozenset({"tests", "_pyinstaller"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rootfs:
    """A staged root: ``path`` is mounted as /, ``guest`` as /guest.

    ``chroma`` says whether the real langchain_chroma is in it.
    """

    path: Path
    guest: Path
    chroma: bool

    def python_path(self) -> str:
        """PYTHONPATH inside the guest."""
        return python_path(self.chroma)


def python_path(chroma: bool) -> str:
    """PYTHONPATH inside a guest with the real vector store, or with its stand-in."""
    store = "/site-chroma" if chroma else "/guest/standin"
    return f"/guest:/guest/names:{store}:/site"


def chroma_installed() -> bool:
    """Whether the extra ``chroma`` is installed beside us."""
    return version_of(CHROMA_LIBRARY) is not None


@functools.lru_cache(maxsize=4)
def stage(chroma: bool = False) -> Rootfs:
    """Return the staged root, making it on first use (some seconds, once).

    Raises BackendUnavailable when a library that designs may use is missing.
    """
    extra = _closure(CHROMA_LIBRARY) if chroma else []
    of_runtime, of_guest = digests(chroma)
    runtime = _staged(
        "chroma" if chroma else "base",
        of_runtime,
        lambda root: _fill(root, filter(None, map(_distribution, BASE_LIBRARIES)), extra),
    )
    return Rootfs(path=runtime, guest=_staged("guest", of_guest, _copy_guest), chroma=chroma)


def libraries() -> dict[str, str]:
    """Names and versions of what designs may import beside the standard library."""
    return {name: _required(name) for name in BASE_LIBRARIES}


def digests(chroma: bool) -> tuple[str, str]:
    """Identify the runtime and the guest code of this installation, staged or not."""
    versions = list(libraries().items())
    extra = _closure(CHROMA_LIBRARY) if chroma else []
    versions += [(distribution.name, distribution.version) for distribution in extra]
    return _runtime_digest(versions), _guest_digest()


def _staged(kind: str, digest: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder of this content, filling it first when it is not there."""
    import tempfile

    home = cache_dir("rootfs")
    final = home / f"{kind}-{digest[:24]}"
    if not final.is_dir():
        _forget_unused(home, kind)
        with tempfile.TemporaryDirectory(prefix=".staging-", dir=home) as name:
            root = Path(name) / "root"
            root.mkdir()
            fill(root)
            _open_for_reading(root)
            try:
                root.rename(final)
            except OSError:
                # Another gate staged the same content meanwhile.
                if not final.is_dir():
                    raise
    os.utime(final)
    return final


def _forget_unused(home: Path, kind: str) -> None:
    """Remove what an earlier version staged and nobody has used for long."""
    import shutil

    oldest = time.time() - _UNUSED_DAYS * 86400
    for folder in home.glob(f"{kind}-*"):
        # Another gate may be removing the same.
        with contextlib.suppress(FileNotFoundError):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)


def _guest_digest() -> str:
    digest = hashlib.sha256(f"{LAYOUT} {sys.version}".encode())
    for path in (_CONTRACT, *sorted(_GUEST.rglob("*.py"))):
        place = path.relative_to(_CONTRACT.parent)
        digest.update(f"{place}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _runtime_digest(versions: Iterable[tuple[str, str]]) -> str:
    """Identify the runtime by interpreter and library versions."""
    digest = hashlib.sha256(f"{LAYOUT} {sys.version} {sys.base_prefix}".encode())
    for name, version in versions:
        digest.update(f"{name}=={version}\n".encode())
    return digest.hexdigest()


def _fill(
    root: Path,
    libraries: Iterable[Distribution],
    extra: Iterable[Distribution],
) -> None:
    for folder in ("tmp", "dev", "lib", "lib64", "site", "guest", "py/bin", "py/lib"):
        (root / folder).mkdir(parents=True)
    for device in ("null", "urandom"):
        (root / "dev" / device).touch()
    _copy_interpreter(root / "py")
    for distribution in libraries:
        _copy_distribution(distribution, root / "site")
    for distribution in extra:
        _copy_distribution(distribution, root / "site-chroma", metadata=True)
    _copy_shared_libraries(root)
    _compile(root / "py" / "lib", root / "site", root / "site-chroma")


def _copy_interpreter(target: Path) -> None:
    import shutil
    import sysconfig

    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    shutil.copy2(os.path.realpath(sys.executable), target / "bin" / version)
    stdlib = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(stdlib, target / "lib" / version, ignore=_leave_out_stdlib, symlinks=False)
    for path in _own_libraries():
        shutil.copy2(path, target / "lib" / path.name)


def _own_libraries() -> list[Path]:
    """The interpreter's own shared library, where it was really loaded from."""
    with open("/proc/self/maps") as stream:
        mapped = {line.split(None, 5)[-1].strip() for line in stream if "/libpython" in line}
    return [Path(path) for path in sorted(mapped)]


def _leave_out_stdlib(folder: str, names: list[str]) -> set[str]:
    left_out = {name for name in names if name in _STDLIB_LEFT_OUT}
    left_out |= {name for name in names if name.startswith(_PREFIXES_LEFT_OUT)}
    return left_out


def _leave_out_library(folder: str, names: list[str]) -> set[str]:
    left_out = {name for name in names if name in _LIBRARY_LEFT_OUT}
    left_out |= {name for name in names if name.endswith((".pyi", ".a", ".h", ".pxd"))}
    return left_out


def _copy_distribution(distribution: Distribution, target: Path, *, metadata: bool = False) -> None:
    """Copy the importable files of one distribution, and no other's."""
    import shutil

    target.mkdir(exist_ok=True)
    for top in sorted({file.parts[0] for file in distribution.files or ()}):
        source = Path(str(distribution.locate_file(top)))
        wanted = metadata or not top.endswith((".dist-info", ".egg-info"))
        if top in ("..", "__pycache__", "bin") or not wanted or not source.exists():
            continue
        if source.is_dir():
            shutil.copytree(
                source, target / top, ignore=_leave_out_library, dirs_exist_ok=True, symlinks=False
            )
        else:
            shutil.copy2(source, target / top)


def _copy_guest(target: Path) -> None:
    import shutil

    ignore = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(_GUEST, target, ignore=ignore, dirs_exist_ok=True)
    contract = target / "names" / "alma_safe"
    contract.mkdir()
    (contract / "__init__.py").write_text('"""The part of alma-safe that designs see."""\n')
    shutil.copy2(_CONTRACT, contract / "contract.py")
    _compile(target)


def _copy_shared_libraries(root: Path) -> None:
    """Copy what the staged programs are linked against, and the loader itself."""
    import shutil

    programs = [str(root / PYTHON.lstrip("/"))]
    programs += [str(path) for path in root.rglob("*.so*") if path.is_file()]
    loader = ""
    for name, path in _linked(programs, root / "py" / "lib"):
        if path.startswith(str(root)):
            continue
        if "ld-linux" in path:
            loader = path
        elif "ld-musl" in path:
            # It might do, but the filter of system calls is made and tested for the other one.
            raise _no_loader("this interpreter is linked against musl")
        elif name and not (root / "lib" / Path(name).name).exists():
            shutil.copy2(os.path.realpath(path), root / "lib" / Path(name).name)
    if not loader:
        raise _no_loader("cannot find the dynamic loader of this interpreter")
    (root / loader.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(os.path.realpath(loader), root / loader.lstrip("/"))


def _linked(programs: list[str], libraries: Path) -> Iterator[tuple[str, str]]:
    """Name and place of each library that the programs are linked against, and of the loader."""
    for start in range(0, len(programs), 100):
        try:
            run = subprocess.run(
                ["ldd", *programs[start : start + 100]],
                capture_output=True,
                text=True,
                check=False,
                env={"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": str(libraries)},
            )
        except OSError as error:
            raise _no_loader(f"cannot run ldd: {error.strerror}") from None
        for line in run.stdout.splitlines():
            name, arrow, rest = line.strip().partition(" => ")
            path = rest.split(" (")[0] if arrow else line.strip().split(" (")[0]
            if path.startswith("/") and not path.endswith(":"):
                yield name, path


def _no_loader(problem: str) -> BackendUnavailable:
    return BackendUnavailable(
        problem,
        hint="guests need an interpreter that is linked against glibc: run alma-safe by one (of "
        "Debian, Fedora, uv, conda; none of Alpine's)",
    )


def _compile(*folders: Path) -> None:
    """Compile what has no bytecode yet: a read-only guest cannot keep its own."""
    present = [str(folder) for folder in folders if folder.is_dir()]
    # -I: else a compileall.py in the folder that we are run from would be run instead.
    subprocess.run(
        [sys.executable, "-I", "-m", "compileall", "-q", "-j", "0", "--invalidation-mode",
         "unchecked-hash", *present],
        check=False,
        capture_output=True,
    )  # fmt: skip


def _open_for_reading(root: Path) -> None:
    """World-readable: the jail's user is nobody."""
    root.chmod(0o755)
    for folder, folders, files in os.walk(root):
        for name in folders:
            os.chmod(os.path.join(folder, name), 0o755)
        for name in files:
            path = os.path.join(folder, name)
            os.chmod(path, 0o755 if os.stat(path).st_mode & 0o100 else 0o644)


def _distribution(name: str) -> Distribution | None:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _required(name: str) -> str:
    """The version of a library that every guest has."""
    found = version_of(name)
    if found is None:
        raise BackendUnavailable(
            f"the library {name}, which designs may use, is not installed",
            hint=f"install it beside alma-safe: pip install {name}",
        )
    return found


def _closure(name: str) -> list[Distribution]:
    """``name`` and everything it needs, as far as it is installed."""
    from packaging.requirements import Requirement

    found: dict[str, Distribution] = {}
    waiting = [name]
    while waiting:
        key = waiting.pop()
        distribution = _distribution(key)
        if distribution is None or distribution.name in found:
            continue
        found[distribution.name] = distribution
        waiting += list(_needs(distribution, Requirement))
    return [found[key] for key in sorted(found) if key not in BASE_LIBRARIES]


def _needs(distribution: Distribution, parse: type) -> Iterator[str]:
    for text in distribution.requires or ():
        requirement = parse(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name
