"""Running a stage over a design in the real jail."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

from alma_safe.design import Design
from alma_safe.policy import Policy, load_policy
from alma_safe.recorders import recorder_schema
from alma_safe.report import Finding, StageResult
from alma_safe.sandbox.base import Backend
from alma_safe.sandbox.select import backend
from alma_safe.verifier.execution.stage import ExecutionStage
from alma_safe.verifier.pipeline import Stage
from alma_safe.verifier.properties.stage import PropertiesStage

RULES = Path(__file__).resolve().parents[1] / "assets" / "rules"
HEAD = "from agents.memo_structure import MemoStructure\n"


def changed(section: str, **values: Any) -> Policy:
    """The strict policy with some keys of one table changed."""
    policy = load_policy()
    table = dataclasses.replace(getattr(policy, section), **values)
    return dataclasses.replace(policy, **{section: table})


def sample(rule: str, kind: str) -> Design:
    """A sample of a rule: ``kind`` is accepted or refused."""
    return Design.from_file(RULES / rule / f"{kind}.py")


def memory(
    *, retrieve: str = "return {}", update: str = "pass", init: str = "pass", module: str = ""
) -> Design:
    """A small design out of the bodies of its methods."""

    def body(text: str) -> str:
        return "\n".join(f"        {line}" for line in text.split("\n"))

    return Design.from_bytes(
        f"{HEAD}{module}\n\n\nclass Memory(MemoStructure):\n"
        f"    def __init__(self):\n        super().__init__()\n{body(init)}\n\n"
        f"    async def general_retrieve(self, recorder):\n{body(retrieve)}\n\n"
        f"    async def general_update(self, recorder):\n{body(update)}\n".encode()
    )


def run_stage(stage: Stage, design: Design, within: Backend) -> StageResult:
    async def judged() -> StageResult:
        try:
            return await stage.run(design)
        finally:
            await stage.aclose()
            await within.aclose()

    return asyncio.run(judged())


def properties(
    design: Design,
    policy: Policy | None = None,
    *,
    domain: str | None = None,
    seed: int = 0,
    within: Backend | None = None,
) -> StageResult:
    schema = recorder_schema(domain)
    within = within or backend()
    stage = PropertiesStage(policy or load_policy(), within, schema, seed=seed)
    return run_stage(stage, design, within)


def execution(
    design: Design,
    policy: Policy | None = None,
    *,
    domain: str | None = None,
    within: Backend | None = None,
) -> StageResult:
    schema = recorder_schema(domain)
    within = within or backend()
    return run_stage(ExecutionStage(policy or load_policy(), within, schema), design, within)


def found(result: StageResult, rule: str) -> Finding:
    """The finding of a rule; fails when there is none."""
    matching = [finding for finding in result.findings if finding.rule == rule]
    assert matching, [f"{finding.rule}: {finding.message}" for finding in result.findings]
    return matching[0]


def blocking(result: StageResult) -> list[str]:
    return [finding.rule for finding in result.findings if finding.blocks]
