"""Judging sources in tests: one stage for many sources."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest

from alma_safe.design import Design
from alma_safe.policy import Policy, load_policy
from alma_safe.report import StageResult
from alma_safe.verifier.static.stage import StaticStage

DESIGN = """\
from agents.memo_structure import MemoStructure


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
"""

type Judge = Callable[[Iterable[bytes]], list[StageResult]]


def judge_all(sources: Iterable[bytes], policy: Policy | None = None) -> list[StageResult]:
    """Run the static stage over each source, in order."""

    async def run() -> list[StageResult]:
        stage = StaticStage(policy or load_policy("strict"))
        try:
            return [await stage.run(Design.from_bytes(source)) for source in sources]
        finally:
            await stage.aclose()

    return asyncio.run(run())


@pytest.fixture
def design() -> str:
    """The source of a minimal sound design."""
    return DESIGN
