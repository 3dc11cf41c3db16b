from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.report import StageResult
from alma_safe.verifier.types.stage import TypesStage

type Check = Callable[[str], StageResult]


@pytest.fixture(scope="session", autouse=True)
def warm_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache of mypy for all tests here: the first run fills it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALMA_SAFE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def check(warm_cache: None) -> Check:
    """Run the stage with the default policy on source text."""

    def run(source: str) -> StageResult:
        stage = TypesStage(load_policy())
        return asyncio.run(stage.run(Design.from_bytes(source.encode())))

    return run
