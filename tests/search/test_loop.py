from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alma_safe.errors import InfrastructureError
from alma_safe.search.archive import Archive, Reader
from alma_safe.search.archive.export import exported
from alma_safe.search.budget import Budget
from alma_safe.search.confirmation import Outcome
from alma_safe.search.loop import Search
from alma_safe.search.proposers.base import Brief, Proposer, Stopped, Unfinished
from alma_safe.search.proposers.replay import ReplayProposer
from alma_safe.search.records import Candidate, Measured, Purpose, State
from alma_safe.search.trees.client import Form
from alma_safe.search.watch import Nobody
from tests.search.fakes import CALL, FakeExecutor, FakeProposer, default
from tests.search.makers import settings


class PlainTrees:
    """Fingerprints without a process: the text but for spaces."""

    async def form(self, data: bytes) -> Form:
        return Form(fingerprint="text:" + data.decode().replace(" ", ""), descriptors={"lines": 3})

    async def aclose(self) -> None:
        pass


def searched(
    folder: Path,
    proposer: Proposer | None = None,
    executor: FakeExecutor | None = None,
    *,
    steps: int = 3,
    limits: dict[str, float] | None = None,
    prepare: Callable[[Archive], None] = lambda archive: None,
    **values: Any,
) -> Outcome:
    fresh = not (folder / "archive.sqlite").exists()
    archive = Archive.create(folder, settings(**values)) if fresh else Archive.open(folder)
    with archive:
        prepare(archive)
        search = Search(
            archive,
            executor or FakeExecutor(),
            proposer or FakeProposer(),
            PlainTrees(),  # type: ignore[arg-type]
            Nobody(),
            budget=Budget(limits=limits or {}),
        )
        return asyncio.run(search.run(steps))


def candidates(folder: Path, step: int | None = None) -> list[Candidate]:
    with Archive.open(folder) as archive:
        return archive.candidates(step)


def document(folder: Path) -> str:
    with Archive.open(folder) as archive:
        return json.dumps(exported(archive), sort_keys=True)


def test_a_run_begins_with_no_memory_and_one_design_and_ends_with_a_winner(
    tmp_path: Path,
) -> None:
    executor = FakeExecutor()
    outcome = searched(tmp_path, executor=executor, steps=6)
    assert executor.played[0] == ("", Purpose.SEARCH)
    found = candidates(tmp_path)
    assert [each.name for each in found if each.step == 0] == ["0.0"]
    assert found[0].parent == ""
    best = max((e for e in found if e.score is not None), key=lambda e: e.score or 0)
    assert outcome.search == best.score
    assert outcome.confirmation is not None
    assert outcome.against[0].other == "no memory"


def test_without_failures_the_archive_grows_as_that_of_the_paper(tmp_path: Path) -> None:
    proposer = FakeProposer(lambda brief, n: f"# good {brief.step}.{brief.slot}\n")
    searched(tmp_path, proposer, steps=10, confirm=False)
    count = Counter(each.step for each in candidates(tmp_path))
    sizes = [sum(count[n] for n in range(step + 1)) for step in range(11)]
    assert sizes == [1, 2, 4, 8, 13, 18, 23, 28, 33, 38, 43]


def test_a_refused_design_is_repaired_with_its_feedback_and_the_last_repair_is_judged(
    tmp_path: Path,
) -> None:
    proposer = FakeProposer(lambda brief, n: f"# {'BAD' if n < 3 else 'good'} {n}\n")
    executor = FakeExecutor()
    searched(tmp_path, proposer, executor, steps=0)
    [only] = candidates(tmp_path)
    assert (only.state, only.attempts) == (State.EVALUATED, 4)
    assert [len(tries) for tries in proposer.repairs] == [1, 2, 3]
    assert proposer.repairs[0][-1].judgement.feedback == "S101: bad"
    assert len(executor.judged) == 4


def test_a_design_that_no_repair_helps_is_kept_and_is_no_parent(tmp_path: Path) -> None:
    proposer = FakeProposer(
        lambda brief, n: f"# {'BAD' if brief.step == 1 else 'good'} {brief.step} {brief.slot} {n}\n"
    )
    searched(tmp_path, proposer, steps=4)
    [rejected] = candidates(tmp_path, 1)
    assert (rejected.state, rejected.attempts, rejected.score) == (State.REJECTED, 4, None)
    assert all(each.parent != rejected.name for each in candidates(tmp_path))


def test_a_failed_attempt_is_a_visit_of_its_parent_and_a_failed_reflection_is_none(
    tmp_path: Path,
) -> None:
    searched(tmp_path / "a", FakeProposer(lambda b, n: "# BAD" if b.step else "# good"), steps=1)
    assert candidates(tmp_path / "a", 1)[0].counted
    silent = FakeProposer(reflect=lambda brief: {})
    searched(tmp_path / "b", silent, steps=1)
    [unproposed] = candidates(tmp_path / "b", 1)
    assert (unproposed.state, unproposed.counted) == (State.UNPROPOSED, False)
    assert unproposed.note == "as was asked"


def test_the_same_design_is_judged_and_played_once(tmp_path: Path) -> None:
    executor = FakeExecutor()
    same = FakeProposer(lambda brief, n: "#  good" if brief.slot % 2 else "# good")
    searched(tmp_path, same, executor, steps=3, confirm=False)
    states = Counter(each.state for each in candidates(tmp_path))
    assert states == {State.EVALUATED: 1, State.DUPLICATE: 3}
    assert executor.judged == [b"# good"]
    assert len(executor.played) == 2


def test_a_design_that_says_the_same_as_another_is_written_anew_and_not_played(
    tmp_path: Path,
) -> None:
    executor = FakeExecutor()
    proposer = FakeProposer(
        lambda b, n: f"# good {b.step} {n} says {'this' if n < 2 else b.step}\n"
    )
    searched(tmp_path, proposer, executor, steps=1, confirm=False)
    [second] = candidates(tmp_path, 1)
    assert (second.state, second.attempts) == (State.EVALUATED, 3)
    assert "says the same as that of 0.0" in proposer.repairs[0][-1].judgement.feedback
    assert len(executor.played) == 3


def test_a_memory_that_says_nothing_is_not_played(tmp_path: Path) -> None:
    executor = FakeExecutor()
    proposer = FakeProposer(lambda b, n: f"# good {n} says nothing\n")
    outcome = searched(tmp_path, proposer, executor, steps=0)
    assert candidates(tmp_path)[0].state is State.DUPLICATE
    assert executor.played == [("", Purpose.SEARCH)]
    assert outcome.winner == ""


def test_a_design_that_breaks_while_it_is_played_is_kept_with_why(tmp_path: Path) -> None:
    searched(tmp_path, FakeProposer(lambda b, n: "# BROKEN"), steps=0)
    [failed] = candidates(tmp_path)
    assert (failed.state, failed.score) == (State.FAILED, None)
    assert failed.note == "in general_update, line 3: raised: no"


def test_a_fault_of_ours_is_tried_again_and_never_shown_as_a_bug(tmp_path: Path) -> None:
    executor = FakeExecutor()
    executor.faults = 2
    proposer = FakeProposer(lambda b, n: "# FAULT")
    searched(tmp_path / "a", proposer, executor, steps=0)
    assert candidates(tmp_path / "a")[0].state is State.EVALUATED
    executor.faults = 99
    searched(tmp_path / "b", proposer, executor, steps=0)
    assert candidates(tmp_path / "b")[0].state is State.FAULT
    assert proposer.repairs == []


def test_seeds_are_judged_and_played_first(tmp_path: Path) -> None:
    sources = [b"# good one", b"# good two", b"# BAD seed"]
    with Archive.create(tmp_path, settings()) as archive:
        digests = [archive.put_source(data) for data in sources]
    pairs = tuple((f"{n}.py", digest) for n, digest in enumerate(digests))

    def with_seeds(archive: Archive) -> None:
        for data in sources:
            archive.put_source(data)

    folder = tmp_path / "seeded"
    proposer = FakeProposer()
    searched(folder, proposer, steps=1, seeds=pairs, prepare=with_seeds)
    states = [each.state for each in candidates(folder, 0)]
    assert states == [State.EVALUATED, State.EVALUATED, State.REJECTED]
    assert {brief.step for brief in proposer.briefs} == {1}
    assert [known.candidate.name for known in proposer.briefs[0].pool] == ["0.0", "0.1"] or [
        known.candidate.name for known in proposer.briefs[0].pool
    ] == ["0.1", "0.0"]


def test_a_seed_that_is_the_same_as_another_is_a_duplicate_and_says_of_which(
    tmp_path: Path,
) -> None:
    sources = [b"# good one", b"# good one", b"# BAD seed", b"# BAD seed"]

    def with_seeds(archive: Archive) -> None:
        for data in sources:
            archive.put_source(data)

    pairs = tuple(
        (f"{n}.py", "sha256:" + hashlib.sha256(data).hexdigest()) for n, data in enumerate(sources)
    )
    searched(tmp_path, steps=0, seeds=pairs, prepare=with_seeds)
    found = candidates(tmp_path, 0)
    assert [each.state for each in found] == [
        *(State.EVALUATED, State.DUPLICATE, State.REJECTED, State.REJECTED)
    ]
    assert found[1].note == "1.py; The design is the same as 0.0."


def test_a_duplicate_that_is_not_written_anew_stays_one(tmp_path: Path) -> None:
    proposer = FakeProposer(lambda b, n: "" if b.step and n else "# good")
    searched(tmp_path, proposer, steps=1, confirm=False)
    [second] = candidates(tmp_path, 1)
    assert second.state is State.DUPLICATE
    assert second.note == "The design is the same as 0.0. (not repaired: no idea)"


def test_lessons_reach_later_proposals_unless_they_are_switched_off(tmp_path: Path) -> None:
    for name, on in (("a", True), ("b", False)):
        proposer = FakeProposer()
        searched(tmp_path / name, proposer, steps=6, failure_memory=on)
        told = [brief.lessons for brief in proposer.briefs if brief.step > 3]
        assert any("S101" in lessons for lessons in told) is on


def test_what_broke_while_it_was_played_reaches_later_proposals(tmp_path: Path) -> None:
    for name, on in (("a", True), ("b", False)):
        proposer = FakeProposer(
            lambda b, n: "# BROKEN\n#\nodd = 1\n" if b.step == 1 else f"# good {b.step}{b.slot}"
        )
        searched(tmp_path / name, proposer, steps=2, failure_memory=on, confirm=False)
        told = {brief.step: brief.lessons for brief in proposer.briefs}
        assert told[1] == ""
        assert ("- in general_update, line 3: raised" in told[2]) is on
        assert ("no\n3: odd = 1" in told[2]) is on


def test_a_budget_ends_a_run_between_designs_and_everything_paid_for_is_kept(
    tmp_path: Path,
) -> None:
    outcome = searched(tmp_path, steps=10, limits={"evaluations": 6})
    assert "evaluations" in outcome.stopped
    with Archive.open(tmp_path) as archive:
        assert archive.spent()["evaluations"] == 6
        played = set(archive.evaluated(Purpose.SEARCH)) - {""}
        done = {e.digest for e in archive.candidates() if e.state in ("evaluated", "failed")}
        assert played == done


def test_a_run_in_which_nothing_survives_ends_and_says_so(tmp_path: Path) -> None:
    proposer = FakeProposer(lambda brief, n: f"# BAD {brief.step} {n}")
    outcome = searched(tmp_path, proposer, steps=1000, limits={"failures": 4})
    assert "4 candidates in a row" in outcome.stopped
    assert outcome.winner == ""


class Killed(BaseException):
    """What stands for the moment at which a process is killed."""


@pytest.mark.parametrize("proposer", ["fake", "replay"])
def test_a_run_that_is_killed_before_any_write_goes_on_to_the_same_archive(
    tmp_path: Path, proposer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched(tmp_path / "recorded", steps=4)

    def made() -> Proposer:
        if proposer == "fake":
            return FakeProposer()
        return ReplayProposer(Reader.read(tmp_path / "recorded"))

    searched(tmp_path / "whole", made(), steps=4)
    whole = document(tmp_path / "whole")
    original = Archive._writing
    writes = 0
    limit = 10**9

    def counted(self: Archive) -> Any:
        nonlocal writes
        writes += 1
        if writes > limit:
            raise Killed
        return original(self)

    monkeypatch.setattr(Archive, "_writing", counted)
    searched(tmp_path / "count", made(), steps=4)
    assert writes > 60
    for moment in range(1, writes, 3):
        folder = tmp_path / f"killed-{moment}"
        writes, limit = 0, moment
        with pytest.raises(Killed):
            searched(folder, made(), steps=4)
        limit = 10**9
        searched(folder, made(), steps=4)
        assert document(folder) == whole, moment


def test_a_run_that_has_ended_goes_on_for_more_steps(tmp_path: Path) -> None:
    first = searched(tmp_path / "a", steps=2)
    again = searched(tmp_path / "a", steps=2)
    assert first == again
    searched(tmp_path / "a", steps=4)
    searched(tmp_path / "b", steps=4)
    assert candidates(tmp_path / "a") == candidates(tmp_path / "b")


def test_nothing_is_asked_or_played_twice_by_a_run_that_goes_on(tmp_path: Path) -> None:
    searched(tmp_path, steps=3)
    executor, proposer = FakeExecutor(), FakeProposer()
    searched(tmp_path, proposer, executor, steps=3)
    assert executor.played == []
    assert executor.judged == []
    assert proposer.briefs == []


@pytest.mark.parametrize("error", [Unfinished("gone", calls=(CALL, CALL)), Stopped((CALL, CALL))])
@pytest.mark.parametrize(("method", "paid"), [("reflect", 3), ("propose", 2), ("repair", 3)])
def test_what_was_paid_before_it_was_cut_short_is_counted(
    tmp_path: Path, method: str, paid: int, error: BaseException
) -> None:
    async def cut(*_: Any) -> Any:
        raise error

    proposer = FakeProposer(lambda brief, n: "BAD" if method == "repair" else "good")
    setattr(proposer, method, cut)
    with pytest.raises(type(error)):
        searched(tmp_path, proposer, steps=1)
    with Reader.read(tmp_path) as archive:
        assert len(archive.calls()) == paid
        assert archive.spent()["usd"] == pytest.approx(0.01 * paid)


def test_a_slot_that_nobody_wrote_is_not_asked_for_again(tmp_path: Path) -> None:
    killing = True

    def write(brief: Brief, n: int) -> str:
        nonlocal killing
        place = (brief.step, brief.slot)
        if killing and place == (3, 3):
            killing = False
            raise Killed
        if place == (3, 1):
            return ""
        if place == (3, 2):
            return "" if n else "BAD"
        return f"good {brief.step}.{brief.slot}"

    with pytest.raises(Killed):
        searched(tmp_path / "killed", FakeProposer(write), steps=3)
    again = FakeProposer(write)
    searched(tmp_path / "killed", again, steps=3)
    assert (3, 3) in [(brief.step, brief.slot) for brief in again.briefs]
    assert (3, 1) not in [(brief.step, brief.slot) for brief in again.briefs]
    searched(tmp_path / "whole", FakeProposer(write), steps=3)
    assert document(tmp_path / "killed") == document(tmp_path / "whole")
    found = {each.name: each for each in candidates(tmp_path / "killed")}
    assert (found["3.1"].state, found["3.1"].note) == (State.UNPROPOSED, "no idea")
    assert (found["3.2"].state, found["3.2"].note) == (State.REJECTED, "not repaired: no idea")
    with Reader.read(tmp_path / "whole") as recorded:
        searched(tmp_path / "replayed", ReplayProposer(recorded), steps=3)
    assert [(e.name, e.state, e.note) for e in candidates(tmp_path / "replayed")] == [
        (e.name, e.state, e.note) for e in candidates(tmp_path / "whole")
    ]


def test_an_outage_ends_a_run_and_it_goes_on_later(tmp_path: Path) -> None:
    class Down(FakeProposer):
        async def propose(self, brief: Brief, reflection: Any) -> Any:
            if brief.step == 2:
                raise InfrastructureError("the model is away")
            return await super().propose(brief, reflection)

    with pytest.raises(InfrastructureError):
        searched(tmp_path / "a", Down(), steps=3)
    searched(tmp_path / "a", steps=3)
    searched(tmp_path / "b", steps=3)
    assert document(tmp_path / "a") == document(tmp_path / "b")


def test_the_winner_is_not_who_had_luck_once(tmp_path: Path) -> None:
    class Lucky(FakeExecutor):
        async def play(self, source: Any, **asked: Any) -> Measured:
            found = await super().play(source, **asked)
            if source == b"# good 0" and asked["purpose"] is Purpose.SEARCH:
                from tests.search.makers import measured

                return measured(asked["digest"], {"t0": 1.0}, purpose=Purpose.SEARCH)
            return found

    proposer = FakeProposer(lambda brief, n: f"# good {brief.step}{brief.slot or ''}")
    outcome = searched(tmp_path, proposer, Lucky(), steps=3)
    assert "0.0" in outcome.finalists
    assert outcome.validation is not None
    assert {each.other for each in outcome.against} == {"no memory"}


def test_default_designs_of_these_tests_end_in_every_way(tmp_path: Path) -> None:
    searched(tmp_path, FakeProposer(default), steps=8)
    states = {each.state for each in candidates(tmp_path)}
    assert {State.EVALUATED, State.REJECTED, State.FAILED} <= states
