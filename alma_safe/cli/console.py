"""Where words go: data to stdout, talk to stderr. Files: :mod:`alma_safe.cli.output`."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

from alma_safe.errors import InfrastructureError


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
        raise InfrastructureError(
            "standard output is closed", hint="leave it open, or redirect it to a file"
        )
    try:
        sys.stdout.write(_encodable(text, sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InfrastructureError(
            f"cannot write to standard output: {error.strerror}",
            hint="make room where it goes to, or send it elsewhere, and run the command again",
        ) from None


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
