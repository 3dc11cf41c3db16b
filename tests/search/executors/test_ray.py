"""The executor on a real Ray cluster of this machine, with two workers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from alma_safe.domains.agents.scripted import ScriptedAgent
from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.policy import load_policy
from alma_safe.search.archive import Archive
from alma_safe.search.archive.export import exported
from alma_safe.search.budget import Budget
from alma_safe.search.executors.base import Executor
from alma_safe.search.executors.ray import RayExecutor
from alma_safe.search.loop import Search
from alma_safe.search.proposers.genetic import GeneticProposer
from alma_safe.search.records import RunSettings
from alma_safe.search.trees.client import Trees
from alma_safe.search.watch import Advance, Nobody
from alma_safe.search.workshop import Workshop
from tests.domains.conftest import DOMAINS
from tests.domains.designs import LEARNER
from tests.search.makers import settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

OTHER = Path("designs/risk_table.py").read_bytes()


def asked(**values: Any) -> RunSettings:
    return settings(
        **{
            "domain": str(DOMAINS / "doors"),
            "agent_version": ScriptedAgent.version,
            "policy_digest": load_policy("strict").digest,
            "repeats": 1,
            "parents": 2,
            **values,
        }
    )


def searched(folder: Path, executor: Executor, watch: Nobody | None = None) -> dict[str, Any]:
    async def go(archive: Archive) -> None:
        trees = Trees()
        proposer = GeneticProposer(trees)
        try:
            await Search(
                archive, executor, proposer, trees, watch or Nobody(), budget=Budget(limits={})
            ).run(1)
        finally:
            await proposer.aclose()
            await executor.aclose()

    with Archive.create(folder, plain()) as archive:
        for data in (LEARNER.encode(), OTHER):
            archive.put_source(data)
        asyncio.run(go(archive))
        return exported(archive)


def plain() -> RunSettings:
    import hashlib

    seeds = tuple(
        (name, "sha256:" + hashlib.sha256(data).hexdigest())
        for name, data in (("learner.py", LEARNER.encode()), ("risk_table.py", OTHER))
    )
    return asked(seeds=seeds, baselines=seeds[:1])


class Killing(Nobody):
    """Kills a worker of the cluster as soon as the first design is played."""

    def __init__(self, executor: RayExecutor) -> None:
        self._executor = executor
        self.killed = 0

    def at(self, name: str, what: str) -> None:
        if what == "playing" and not self.killed:
            self.killed = 1
            asyncio.get_running_loop().create_task(self._kill())

    def phase(self, name: str, total: int) -> Advance:
        return lambda: None

    async def _kill(self) -> None:
        worker = self._executor._workers[0]
        pid = await worker.pid.remote()
        os.kill(pid, signal.SIGKILL)
        self.killed = pid


def test_a_cluster_finds_what_one_process_finds_although_a_worker_is_killed(
    tmp_path: Path,
) -> None:
    local = searched(tmp_path / "local", Workshop(plain(), jobs=2))
    executor = RayExecutor(plain(), workers=2)
    watch = Killing(executor)
    found = searched(tmp_path / "ray", executor, watch)
    assert watch.killed > 1
    assert executor.lost >= 1
    assert found == local
    assert {each["state"] for each in found["candidates"]} >= {"evaluated"}


def test_an_error_of_a_worker_is_the_error_that_it_is(tmp_path: Path) -> None:
    async def go() -> None:
        executor = RayExecutor(asked(domain_digest="of another version"), workers=1)
        try:
            await executor.judge(LEARNER.encode(), "learner.py")
        finally:
            await executor.aclose()

    with pytest.raises(UsageError, match="the domain is not the one"):
        asyncio.run(go())


def test_a_cluster_that_is_not_there_is_told() -> None:
    with pytest.raises(InfrastructureError, match="no Ray cluster"):
        RayExecutor(asked(), address="127.0.0.1:1")


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        RayExecutor(asked())
    assert "alma-safe[ray]" in caught.value.hint
