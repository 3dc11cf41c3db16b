"""The workload, and what the host measures while it runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from alma_safe.policy import load_policy
from alma_safe.recorders import DOMAINS, recorder_schema
from alma_safe.report import Status
from alma_safe.sandbox.base import Ending
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from alma_safe.verifier import workload
from alma_safe.verifier.execution.stage import ExecutionStage
from alma_safe.verifier.workload import Workload, load_workload
from tests.sandbox.jail import descendants
from tests.verifier.fakes import FakeBackend, honest
from tests.verifier.guests import blocking, changed, execution, found, memory

FEW = changed("execution", collection_episodes=6, deployment_episodes=4)


class Notebook:
    """An honest fake guest that writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, method, payload):
        self.asked.append((method, json.dumps(payload, sort_keys=True)))
        return honest(method, payload)


# -- the workload --------------------------------------------------------------------


@pytest.mark.parametrize("domain", [None, *DOMAINS])
def test_workload_is_collected_and_then_deployed(domain: str | None) -> None:
    schema = recorder_schema(domain)
    work = load_workload(schema, collection=60, deployment=30)
    assert (len(work.collection), len(work.deployment)) == (60, 30)
    for recorder in (*work.collection, *work.deployment):
        assert set(recorder) >= {"init", "steps", "reward"}
        assert 0 <= recorder["reward"] <= 1
        json.dumps(recorder, allow_nan=False)


@pytest.mark.parametrize("domain", DOMAINS)
def test_workload_has_the_documented_keys(domain: str) -> None:
    schema = recorder_schema(domain)
    for recorder in load_workload(schema, collection=20, deployment=10).collection:
        assert set(recorder["init"]) <= set(schema.init)
        assert all(set(step) <= set(schema.step) for step in recorder["steps"])


def test_workload_without_a_domain_has_the_keys_of_all() -> None:
    schema = recorder_schema(None)
    for recorder in load_workload(schema, collection=20, deployment=10).collection:
        assert set(recorder["init"]) == set(schema.init)
        assert all(set(step) == set(schema.step) for step in recorder["steps"])


def test_workload_is_the_same_on_every_run() -> None:
    first, second = Notebook(), Notebook()
    for notebook in (first, second):
        workload._pool.cache_clear()
        execution(memory(), FEW, within=FakeBackend(notebook))
    assert first.asked == second.asked
    assert [method for method, _ in first.asked] == [
        "load", "replay", "fresh", *["update"] * 6, "together", *["retrieve"] * 4,
    ]  # fmt: skip


@pytest.fixture
def envs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder of domains in which tests write recordings."""
    monkeypatch.setattr(workload, "resource_dir", lambda name: tmp_path / name)
    workload._pool.cache_clear()
    yield tmp_path / "envs"
    workload._pool.cache_clear()


def record(envs: Path, domain: str, count: int = 3) -> list[dict]:
    episodes = [
        {
            "init": {"obs": f"{domain} {number}", "goal": "g"},
            "steps": [{"action_took": f"act {number}", "obs": "o"}] * number,
            "reward": number / 10,
        }
        for number in range(count)
    ]
    (envs / domain).mkdir(parents=True)
    (envs / domain / "workload.json").write_text(json.dumps({"episodes": episodes}))
    return episodes


def load(domain: str | None) -> Workload:
    return load_workload(recorder_schema(domain), collection=5, deployment=3)


def test_recorded_episodes_are_used_and_repeated_as_needed(envs: Path) -> None:
    episodes = record(envs, "textworld")
    work = load("textworld")
    assert work.recorded == ("textworld",)
    assert [*work.collection, *work.deployment] == [episodes[number % 3] for number in range(8)]


def test_domain_without_a_recording_gets_typical_values(envs: Path) -> None:
    work = load("alfworld")
    assert work.recorded == ()
    assert set(work.collection[0]["init"]) == set(recorder_schema("alfworld").init)


def test_recordings_of_all_domains_are_laid_over_each_other(envs: Path) -> None:
    record(envs, "textworld")
    work = load(None)
    assert work.recorded == ("textworld",)
    assert set(recorder_schema("minihack").init) <= set(work.collection[0]["init"])


def test_report_says_which_recordings_were_used(envs: Path) -> None:
    record(envs, "textworld")
    result = execution(memory(), FEW, domain="textworld", within=FakeBackend(honest))
    assert result.usage["recorded"] == ["textworld"]


# -- what is judged ---------------------------------------------------------------------


def test_usage_holds_what_the_host_measured() -> None:
    result = execution(memory(update="self.kept = bytes(range(256)) * 4096 * 40"), FEW)
    usage = result.usage
    assert result.status is Status.PASSED
    assert result.checks == usage["calls"] == 12
    assert usage["wall_s"] > 0
    assert usage["cpu_s"] > 0
    assert usage["peak_memory_bytes"] > 40 << 20
    assert usage["peak_processes"] >= 1
    assert usage["traffic_bytes"] > 1000
    assert usage["output_bytes"] == 0
    assert usage["ending"] == Ending.COMPLETED.value
    assert usage["broker_calls"] == usage["llm_calls"] == usage["llm_chars"] == 0
    for key in ("counters", "recorded", "chroma", "degraded", "broker_chars"):
        assert key in usage


def test_model_calls_are_counted_by_the_host() -> None:
    result = execution(
        memory(
            module="from utils.hire_agent import Agent, Embedding",
            init="self.agent = Agent('x')\nself.embedding = Embedding()",
            update="await self.agent.ask('y' * 100)\nawait self.embedding.get_embedding('zz')",
        ),
        FEW,
    )
    assert result.usage["llm_calls"] == 6
    assert result.usage["llm_chars"] >= 600
    assert result.usage["broker_calls"] == 12


def test_output_of_a_design_is_counted_and_not_shown() -> None:
    result = execution(memory(update="print('\\x1b[31mhello')"), FEW)
    assert result.usage["output_bytes"] >= 6 * 10
    assert "hello" not in json.dumps(result.to_json())


def test_retrieves_run_concurrently() -> None:
    policy = changed(
        "execution", collection_episodes=1, deployment_episodes=20, concurrency=10, max_wall_s=5.0
    )
    slow = memory(retrieve="import asyncio\nawait asyncio.sleep(0.6)\nreturn {}")
    result = execution(slow, policy)
    assert result.status is Status.PASSED
    assert result.duration_s > 1.1


def test_clock_of_the_guest_runs() -> None:
    design = memory(
        module="import time",
        update="start = time.monotonic()\nwhile time.monotonic() - start < 0.01:\n    pass",
    )
    assert execution(design, FEW).status is Status.PASSED


def test_deadlock_is_ended_by_the_deadline_of_a_call() -> None:
    design = memory(update="import asyncio\nawait asyncio.Event().wait()")
    result = execution(design, changed("execution", call_deadline_s=1.0))
    finding = found(result, "E201")
    assert "timeout_wall" in finding.message
    assert "after 2 of" in finding.message


def test_workload_that_takes_too_long_is_stopped() -> None:
    design = memory(update="import asyncio\nawait asyncio.sleep(0.2)")
    result = execution(design, changed("execution", max_wall_s=0.7))
    assert "stopped after" in found(result, "E204").message
    assert result.duration_s < 5


def test_call_that_raises_is_shown_with_its_recorder_and_line() -> None:
    design = memory(update="raise KeyError('missing')")
    finding = found(execution(design, FEW), "E202")
    assert "general_update raised KeyError" in finding.message
    assert "raise KeyError" in design.text.split("\n")[finding.line - 1]
    snippet = finding.evidence["snippet"]
    assert "await memory.general_update(Basic_Recorder(init={" in snippet
    if not snippet.endswith("# ... cut"):
        compile(snippet, "snippet.py", "exec")


def test_result_that_is_no_json_is_refused() -> None:
    assert blocking(execution(memory(retrieve="return {'a': {1, 2}}"), FEW)) == ["E202"]


def test_design_that_cannot_be_loaded_is_refused() -> None:
    result = execution(memory(module="1 / 0"), FEW)
    assert "loading the design raised ZeroDivisionError" in found(result, "E202").message


def test_too_many_processes_are_refused_to_the_guest() -> None:
    design = memory(
        update="import threading\n"
        "stop = threading.Event()\n"
        "many = [threading.Thread(target=stop.wait) for _ in range(300)]\n"
        "for thread in many:\n"
        "    thread.start()"
    )
    assert execution(design, FEW).status is Status.FAILED


def test_a_workload_that_is_given_up_leaves_no_guest() -> None:
    async def main() -> set[int]:
        within = NsjailBackend()
        stage = ExecutionStage(load_policy(), within, recorder_schema(None))
        known = descendants()
        running = asyncio.create_task(stage.run(memory(update="while True: pass")))
        while not any(session._pending for session in within._sessions):
            await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return descendants() - known

    assert asyncio.run(main()) == set()
