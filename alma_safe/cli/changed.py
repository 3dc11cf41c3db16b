"""Which files git says were changed since a revision."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.design import Design

_TIMEOUT_S = 60


def changed_since(revision: str, designs: Sequence[Design]) -> list[Design]:
    """The designs whose files differ from a revision, or are new. Raises UsageError."""
    top = _git("rev-parse", "--show-toplevel").rstrip(b"\n")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    folder = os.fsdecode(top)
    names = _git("diff", "--name-only", "-z", "--diff-filter=d", commit.decode().strip(), "--")
    new = _git("-C", folder, "ls-files", "--others", "--exclude-standard", "-z", "--full-name")
    found = {
        os.path.realpath(os.path.join(folder, os.fsdecode(name)))
        for name in (names + new).split(b"\0")
        if name
    }
    return [each for each in designs if os.path.realpath(each.path) in found]


def _git(*arguments: str) -> bytes:
    try:
        ran = subprocess.run(
            ["git", *arguments], capture_output=True, check=False, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git cannot be run: {error}", hint="--changed-since needs git") from None
    if ran.returncode != 0:
        said = ran.stderr.decode("utf-8", "replace").strip()
        wrong = "no such revision" if "--verify" in arguments else said or "git failed"
        raise UsageError(
            f"--changed-since: {visible(wrong, 200)}",
            hint="run it inside a git repository, with a revision that has been fetched",
        )
    return ran.stdout
