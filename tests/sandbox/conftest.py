"""Fixtures of the tests of the wall."""

from __future__ import annotations

import pytest

from tests.sandbox import jail


@pytest.fixture(params=sorted(jail.BACKENDS))
def every_backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test once on each way to a guest."""
    monkeypatch.setattr(jail, "chosen", request.param)
    return str(request.param)
