"""Files that commands write: whole or not at all, and never over what was read."""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.design import Design

_READ = {
    "design": "the design",
    "against": "the design that it is compared with",
    "key": "the private key",
    "known": "the known findings",
    "trust_config": "the trust config",
}
"""What options name files that are read, and what is in them."""

_OF_A_POLICY = ("static.imports", "sandbox.seccomp", "broker.prices")
_OF_A_DOMAIN = ("pack.toml", "recorder.toml")


class OutputFile:
    """A file that is either written whole or not touched.

    Checked when it is made, before any work is done for it; ``option`` is the one that
    named it. Raises UsageError for a path that cannot be a regular file or be written.
    """

    def __init__(self, path: str, option: str = "--output", *, dash: str = "") -> None:
        self.option = option
        self._shown = visible(path)
        if "\0" in path or not path:
            raise self._refused("not a path")
        if path == "-":
            raise UsageError(
                f"{option} -: writes files only",
                hint=dash or f"leave {option} out for standard output",
            )
        # Through links: the link stays and the file it names is replaced. Within their folder:
        # a checkout may hold a link with the name of a report, to a file of its own choice.
        self.path = os.path.realpath(path)
        self._folder = os.path.dirname(self.path)
        inside = os.path.realpath(os.path.dirname(path) or os.curdir)
        if os.path.islink(path) and not _within(self.path, inside):
            raise self._refused("it is a link to another folder")
        self._check()

    def _check(self) -> None:
        try:
            mode = os.stat(self.path).st_mode
        except FileNotFoundError:
            mode = None
        except OSError as error:
            raise self._refused(error.strerror or "not a path") from None
        if mode is not None:
            if stat.S_ISDIR(mode):
                raise self._refused("it is a folder")
            if not stat.S_ISREG(mode):
                # Replacing a device or a pipe by a file would destroy it.
                raise self._refused("not a regular file; redirect standard output instead")
            if not os.access(self.path, os.W_OK):
                raise self._refused("permission denied")
        if not os.path.isdir(self._folder):
            raise self._refused(f"{visible(self._folder)} is not a folder")
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise self._refused("its folder cannot be written")

    def is_at(self, place: str | int) -> bool:
        """Whether it is the file at a path, or of an open descriptor."""
        try:
            if isinstance(place, str) and os.path.realpath(place) == self.path:
                return True
            return os.path.samefile(place, self.path)
        except (OSError, ValueError):
            return False

    def is_part_of(self, run: str) -> bool:
        """Whether it is, or would be, one of the files that a run of the search consists of."""
        folder = os.path.realpath(run)
        if not _within(self.path, folder):
            return False
        first, _, rest = os.path.relpath(self.path, folder).partition(os.sep)
        return bool(rest) or first == "lock" or first.startswith("archive.sqlite")

    def overwriting(self, what: str) -> UsageError:
        """The error that says what would be lost."""
        return UsageError(
            f"{self.option} {self._shown} would overwrite {what}",
            hint=f"give {self.option} the path of another file",
        )

    def write(self, content: str | bytes) -> None:
        """Put ``content`` in place in one step: a reader sees the old file or the new one.

        Raises InfrastructureError: the path was found to be good before, so that what fails
        now is no fault of the command line.
        """
        data = content.encode("utf-8") if isinstance(content, str) else content
        # A name of fixed length: the file's own may already be as long as names can be. Not by
        # the number of the process: what a killed one left behind must not be in the way.
        part = os.path.join(self._folder, f".alma-safe-{os.urandom(8).hex()}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            mode = self._mode()
            descriptor = os.open(part, flags, 0o666 if mode is None else 0o600)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    if mode is not None:
                        os.fchmod(descriptor, mode)
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(part, self.path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(part)
                raise
        except OSError as error:
            raise InfrastructureError(
                f"cannot write {self._shown}: {error.strerror or error}",
                hint=f"make room in {visible(self._folder)}, or give {self.option} a file "
                "elsewhere, and run the command again",
            ) from None

    def _mode(self) -> int | None:
        """Who may read the file that is replaced: what was private stays so."""
        try:
            return stat.S_IMODE(os.stat(self.path).st_mode) & 0o777
        except FileNotFoundError:
            return None

    def _refused(self, reason: str) -> UsageError:
        return UsageError(
            f"cannot write {self._shown}: {reason}",
            hint=f"give {self.option} the path of a file in a folder that exists",
        )


def require_spared(
    outputs: Iterable[OutputFile | None],
    options: argparse.Namespace,
    designs: Iterable[Design] = (),
) -> None:
    """Raise UsageError where an output would replace what the command reads, or another output.

    What it reads is told by the names of its options. ``designs``: those that were found
    by a folder or a glob.
    """
    files = [each for each in outputs if each is not None]
    if not files:
        return  # what a policy consists of is read anew for this
    read = [*_read(options), *((_place(each), "a design") for each in designs)]
    for number, file in enumerate(files):
        for place, what in read:
            if file.is_at(place):
                raise file.overwriting(what)
        run = getattr(options, "folder", None)
        if run is not None and file.is_part_of(run):
            raise file.overwriting("a part of the run")
        for other in files[:number]:
            if file.is_at(other.path):
                raise file.overwriting(f"what {other.option} writes")


def _read(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    given = vars(options)
    for name, what in _READ.items():
        if isinstance(path := given.get(name), str):
            yield path, what
    if isinstance(key := given.get("key"), str):
        yield f"{key}.pub", "the public key"
    if isinstance(policy := given.get("policy"), str):
        yield from _policy(policy)
    domain = given.get("domain")
    if isinstance(domain, str) and "/" in domain:
        for name in _OF_A_DOMAIN:
            yield os.path.join(domain, name), "a file of the domain"


def _policy(name: str) -> Iterator[tuple[str, str]]:
    """The files of a policy that was loaded: its own, what it extends, what they name."""
    import tomllib

    from alma_safe.policy_file import companion, locate, read_extended, text_of

    tables, folders = read_extended(path := locate(name, None))
    for key in _OF_A_POLICY:
        section, _, field = key.partition(".")
        yield str(companion(tables[section][field], key, folders[key])), "a file of the policy"
    what = "the policy"
    while True:
        yield str(path), what
        base = tomllib.loads(text_of(path)).get("extends")
        if base is None:
            return
        path, what = locate(base, path.parent), "what the policy extends"


def _place(design: Design) -> str | int:
    return 0 if design.path == "<stdin>" else design.path


def _within(path: str, folder: str) -> bool:
    return os.path.commonpath((folder, path)) == folder
