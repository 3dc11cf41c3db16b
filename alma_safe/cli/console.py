"""Where words go: data to stdout or a file, talk to stderr."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TextIO

from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.text import visible


def say(text: str) -> None:
    """Tell the person something on stderr. A closed stderr is not an error."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(_encodable(text + "\n", sys.stderr))
        sys.stderr.flush()


def wants_color() -> bool:
    """Whether stdout is a terminal that shows colours and nobody asked for none."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout is not None and sys.stdout.isatty()


def put(text: str) -> None:
    """Write data to stdout. What its encoding cannot say is escaped.

    Raises BrokenPipeError when the reader is gone, InfrastructureError when stdout
    cannot be written for another reason: a verdict that nobody sees is not a success.
    """
    if sys.stdout is None:
        raise InfrastructureError("standard output is closed", hint="use --output FILE")
    try:
        sys.stdout.write(_encodable(text, sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InfrastructureError(f"cannot write to standard output: {error.strerror}") from None


def document(value: object, *, indent: int = 2, sort_keys: bool = False) -> str:
    """``value`` as JSON in plain ASCII, with a line feed.

    Nothing in a text of it is a command to a runner that shows it, and all of it is kept.
    """
    import json
    import re

    text = json.dumps(value, indent=indent, sort_keys=sort_keys)
    return re.sub(r"##(?=\w*\[)", r"#\\u0023", text) + "\n"


def _encodable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


class OutputFile:
    """A file that is either written whole or not touched.

    Checked when it is made, before any work is done for it. Raises UsageError for a
    path that cannot be a regular file or cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._shown = visible(path)
        if "\0" in path or not path:
            raise UsageError(f"cannot write {self._shown}: not a path")
        # Through links: the link stays and the file it names is replaced. Within their folder:
        # a checkout may hold a link with the name of a report, to a file of its own choice.
        self.path = os.path.realpath(path)
        self._folder = os.path.dirname(self.path)
        inside = os.path.realpath(os.path.dirname(path) or os.curdir)
        if os.path.islink(path) and os.path.commonpath((inside, self.path)) != inside:
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

    def write(self, content: str | bytes) -> None:
        """Put ``content`` in place in one step: a reader sees the old file or the new one."""
        data = content.encode("utf-8") if isinstance(content, str) else content
        # A name of fixed length: the file's own may already be as long as names can be.
        part = os.path.join(self._folder, f".alma-safe-{os.getpid()}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(part, flags, 0o666)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(part, self.path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(part)
                raise
        except OSError as error:
            raise self._refused(error.strerror or str(error)) from None

    def _refused(self, reason: str) -> UsageError:
        return UsageError(
            f"cannot write {self._shown}: {reason}",
            hint="give --output the path of a file in a folder that exists",
        )
