"""Every error that alma-safe raises on purpose.

    AlmaSafeError                      exit 3
    ├── UsageError                     exit 2   the caller asked for something impossible
    │   ├── InputError                          a path that holds nothing to judge
    │   └── PolicyError                         a policy file that cannot be used
    └── InfrastructureError            exit 3   our side failed: never a verdict on a design
        ├── BackendUnavailable                  no sandbox can be opened on this host
        ├── ToolFailure                         mypy, ruff or a worker is missing or broken
        └── SessionError                        a guest session is not usable any more

A rejected design is not an error: it is a verdict (exit 1), carried by a
:class:`alma_safe.report.Report`.
"""

from __future__ import annotations

from typing import ClassVar


class AlmaSafeError(Exception):
    """Root of the tree. ``hint`` says what the reader can do about it."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AlmaSafeError):
    """The command line or the call cannot be carried out as written."""

    exit_code: ClassVar[int] = 2


class InputError(UsageError):
    """A path is missing, unreadable, not a file, or holds no design."""


class PolicyError(UsageError):
    """A policy file is missing, malformed, or has an unknown or ill-typed key."""


class InfrastructureError(AlmaSafeError):
    """Something on our side failed. Says nothing about the design."""


class BackendUnavailable(InfrastructureError):
    """No sandbox backend works on this host."""


class ToolFailure(InfrastructureError):
    """An external checker could not be started or broke without a design's doing."""


class SessionError(InfrastructureError):
    """A guest session was used after it had ended, or could not be started."""
