from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.report import StageResult
from alma_safe.verifier.types.stage import TypesStage

type Check = Callable[[str], StageResult]


@pytest.fixture(scope="session")
def mypys_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of mypy for all tests here: the first run fills it."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def warm_cache(mypys_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each test on its own, so that tests of other folders have theirs."""
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(mypys_cache))


@pytest.fixture
def check(warm_cache: None) -> Check:
    """Run the stage with the default policy on source text."""

    def run(source: str) -> StageResult:
        stage = TypesStage(load_policy())
        return asyncio.run(stage.run(Design.from_bytes(source.encode())))

    return run
