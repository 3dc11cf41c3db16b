"""One test for each break of a peer and each bug of ALMA's published loop, by its name.

The numbers are those of the list of facts this project began with.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from alma_safe.domains.memory import DesignFailed, Memory
from alma_safe.domains.statistics import bootstrap
from alma_safe.policy import load_policy
from alma_safe.sandbox.broker import Broker, LocalModel
from alma_safe.sandbox.select import backend
from alma_safe.search.archive import Archive
from alma_safe.search.proposers.meta import validated
from alma_safe.search.records import Purpose, State
from alma_safe.search.samplers import AlmaSampler, Entry, drawn
from alma_safe.search.workshop import rollout_settings
from tests.domains.designs import LEARNER, SPINNER, design_of
from tests.search.fakes import FakeExecutor, FakeProposer
from tests.search.makers import measured, settings
from tests.search.test_loop import candidates, document, searched

# -- peers -------------------------------------------------------------------------


def retrieved(text: str) -> Mapping[str, Any]:
    """What a design says, without any stage before it: the wall alone."""

    async def go() -> Mapping[str, Any]:
        policy, walls = load_policy("strict"), backend("nsjail")
        try:
            broker = Broker(policy.broker, LocalModel())
            memory = await Memory.open(design_of(text), policy, walls, broker, seed=1)
            try:
                return await memory.retrieve({"obs": "a door"})
            finally:
                await memory.close()
        finally:
            await walls.aclose()

    return asyncio.run(go())


def test_break_of_gepa_an_object_that_is_returned_runs_nothing_in_the_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    mark = tmp_path / "ran"
    evil = LEARNER.replace(
        '        return {"advice"',
        "        import os\n"
        "        class Evil:\n"
        "            def __reduce__(self):\n"
        f"                return (os.system, ('touch {mark}',))\n"
        '        return {"evil": Evil(), "keys": str(dict(os.environ))}\n'
        '        return {"advice"',
    )
    with pytest.raises(DesignFailed):
        retrieved(evil)
    told = retrieved(evil.replace('"evil": Evil(), ', ""))
    assert not mark.exists()
    assert "sk-canary" not in str(told)


def test_break_of_shinka_a_design_that_leaves_with_a_forged_result_has_failed(
    tmp_path: Path,
) -> None:
    forged = LEARNER.replace(
        '        return {"advice"',
        "        import os\n"
        "        for name in ('correct.json', 'metrics.json'):\n"
        "            try:\n"
        f"                open('{tmp_path}/' + name, 'w').write('{{\"correct\": true}}')\n"
        "            except OSError:\n"
        "                pass\n"
        "        os._exit(0)\n"
        '        return {"advice"',
    )
    with pytest.raises(DesignFailed) as caught:
        retrieved(forged)
    assert caught.value.failure.ending == "exit"
    assert list(tmp_path.iterdir()) == []


def test_break_of_openevolve_a_call_that_is_over_its_time_is_really_over() -> None:
    before = os.times().children_user
    with pytest.raises(DesignFailed) as caught:
        retrieved(SPINNER)
    assert caught.value.failure.ending in ("timeout_wall", "timeout_cpu")
    # What went on in the background would go on taking time here.
    assert os.times().children_user - before < 60


# -- ALMA --------------------------------------------------------------------------


def test_bug_1_a_fresh_run_goes_on_after_its_first_design(tmp_path: Path) -> None:
    searched(tmp_path, FakeProposer(lambda b, n: f"# good {b.step}.{b.slot}"), steps=2)
    assert max(each.step for each in candidates(tmp_path)) == 2


def test_bug_2_a_run_that_goes_on_keeps_its_baseline_and_its_scale(tmp_path: Path) -> None:
    searched(tmp_path / "a", steps=1)
    executor = FakeExecutor()
    searched(tmp_path / "a", executor=executor, steps=3)
    searched(tmp_path / "b", steps=3)
    assert ("", Purpose.SEARCH) not in executor.played
    # The first run ended after a step and confirmed a winner; all else is the same.
    assert candidates(tmp_path / "a") == candidates(tmp_path / "b")


def test_bug_3_a_first_design_that_fails_does_not_end_the_run(tmp_path: Path) -> None:
    proposer = FakeProposer(lambda b, n: f"# {'good' if b.step else 'BAD'} {b.step}.{b.slot}.{n}")
    searched(tmp_path, proposer, steps=2)
    found = candidates(tmp_path)
    assert found[0].state is State.REJECTED
    assert any(each.state is State.EVALUATED for each in found)


def test_bug_4_a_failed_design_leaves_knowledge_and_no_stub(tmp_path: Path) -> None:
    proposer = FakeProposer(
        lambda b, n: f"# {'BAD' if b.step == 1 else 'good'} {b.step}.{b.slot}.{n}"
    )
    searched(tmp_path, proposer, steps=3)
    later = [brief for brief in proposer.briefs if brief.step > 1]
    assert all("S101" in brief.lessons for brief in later)
    assert all(each.score is not None for each in (k.candidate for b in later for k in b.pool))


def test_bug_5_the_last_repair_is_judged(tmp_path: Path) -> None:
    executor = FakeExecutor()
    searched(
        tmp_path,
        FakeProposer(lambda b, n: f"# {'BAD' if n < 3 else 'good'} {n}"),
        executor,
        steps=0,
    )
    assert executor.judged[-1] == b"# good 3"
    assert candidates(tmp_path)[0].state is State.EVALUATED


def test_bug_6_a_failed_reflection_is_no_crash_and_no_visit(tmp_path: Path) -> None:
    searched(tmp_path, FakeProposer(reflect=lambda brief: {}), steps=2)
    with Archive.open(tmp_path) as archive:
        [entry] = archive.entries(0.3)
    assert entry.visits == 0


def test_bug_7_a_reflection_is_really_validated() -> None:
    with pytest.raises(ValueError, match="missing"):
        validated('{"anything": "is not a reflection"}')


@pytest.mark.parametrize("purpose", Purpose)
def test_bug_8_sizes_reach_every_evaluation(purpose: Purpose) -> None:
    found = rollout_settings(settings(train_size=7, repeats=2, max_steps=9), purpose)
    assert (found.train_size, found.repeats, found.max_steps) == (7, 2, 9)


def test_bug_9_steps_draw_otherwise_and_the_order_of_results_does_not_count() -> None:
    found = [Entry(name=f"0.{n}", score=n / 40, baseline=0.5) for n in range(40)]
    draws = [tuple(drawn(AlmaSampler(), found, 5, 42, step)) for step in range(5)]
    assert len(set(draws)) == 5
    assert tuple(drawn(AlmaSampler(), found[::-1], 5, 42, 0)) == draws[0]


def test_bug_10_a_fault_of_ours_is_neither_a_bug_of_the_design_nor_a_zero(tmp_path: Path) -> None:
    executor = FakeExecutor()
    executor.faults = 99
    proposer = FakeProposer(lambda b, n: "# FAULT")
    searched(tmp_path, proposer, executor, steps=0)
    [only] = candidates(tmp_path)
    assert (only.state, only.score, proposer.repairs) == (State.FAULT, None, [])


def test_bug_11_a_result_is_that_of_these_bytes_and_this_purpose(tmp_path: Path) -> None:
    with Archive.create(tmp_path, settings()) as archive:
        archive.put_evaluation(measured("sha256:1", {"t": 1.0}))
        assert archive.evaluation("sha256:2", Purpose.SEARCH) is None
        assert archive.evaluation("sha256:1", Purpose.CONFIRMATION) is None


def test_bug_12_the_winner_is_confirmed_on_tasks_that_nothing_was_chosen_by() -> None:
    searching = rollout_settings(settings(), Purpose.SEARCH)
    confirming = rollout_settings(settings(), Purpose.CONFIRMATION)
    assert searching.split == "train"
    assert (confirming.split, confirming.whole) == ("in", True)
    # Three tasks say little, and the interval says so.
    assert not bootstrap([0.4, -0.1, 0.2]).excludes_zero


def test_bug_13_finalists_are_played_again_before_one_of_them_is_the_best(tmp_path: Path) -> None:
    executor = FakeExecutor()
    outcome = searched(tmp_path, executor=executor, steps=5)
    again = [digest for digest, purpose in executor.played if purpose is Purpose.VALIDATION]
    assert len(again) == len(outcome.finalists) == 3
    search, validation = (
        rollout_settings(settings(), p) for p in (Purpose.SEARCH, Purpose.VALIDATION)
    )
    assert search.first_repeat + search.repeats == validation.first_repeat


def test_bug_14_tokens_of_the_meta_agent_are_counted(tmp_path: Path) -> None:
    searched(tmp_path, FakeProposer(), steps=1)
    with Archive.open(tmp_path) as archive:
        spent, calls = archive.spent(), archive.calls()
    assert spent["meta_calls"] == len(calls) > 2
    assert spent["meta_tokens"] == 11 * len(calls)
    assert spent["usd"] == pytest.approx(0.01 * len(calls))


def test_the_same_settings_are_the_same_run(tmp_path: Path) -> None:
    searched(tmp_path / "a", steps=4)
    searched(tmp_path / "b", steps=4)
    assert document(tmp_path / "a") == document(tmp_path / "b")
