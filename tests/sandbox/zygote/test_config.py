"""What a parent is told: kept where there is room, and the same where there is none."""

from __future__ import annotations

import errno
import os

from alma_safe.policy import load_policy
from alma_safe.sandbox.zygote import config


def test_the_filter_of_guests_needs_no_room_in_the_cache(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    text = load_policy().seccomp_text
    # Past what this process remembers.
    program = config._program.__wrapped__(text)
    (kept,) = (tmp_path / "jails").iterdir()
    kept.unlink()
    monkeypatch.setattr(os, "replace", full)
    assert config._program.__wrapped__(text) == program
    assert list((tmp_path / "jails").iterdir()) == []
