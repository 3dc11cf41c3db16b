"""Domains, designs and agents for these tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alma_safe.domains.pack import Pack, read_pack

DOMAINS = Path(__file__).resolve().parents[1] / "assets" / "domains"


@pytest.fixture
def pack() -> Callable[[str], Pack]:
    return lambda name: read_pack(DOMAINS / name)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of domains of its own: marks in it are of this test."""
    from alma_safe.domains import crew

    def folder(name: str) -> Path:
        (tmp_path / name).mkdir(exist_ok=True)
        return tmp_path / name

    monkeypatch.setattr(crew, "cache_dir", folder)
    return tmp_path
