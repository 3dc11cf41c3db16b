"""Episodes that our side loses: tried again, never scored, and a run that goes on later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alma_safe.domains.agents.base import Spent
from alma_safe.domains.lost import EpisodeLost
from alma_safe.errors import InfrastructureError
from alma_safe.search.archive import Archive
from alma_safe.search.budget import Budget
from alma_safe.search.loop import Search
from alma_safe.search.records import Measured, Purpose, State
from alma_safe.search.watch import Nobody
from alma_safe.search.workshop import Workshop
from tests.domains.conftest import DOMAINS
from tests.domains.designs import LEARNER
from tests.sandbox.broker.endpoint_server import Endpoint, completion, counted
from tests.search.fakes import FakeExecutor, FakeProposer
from tests.search.makers import measured, settings
from tests.search.test_loop import PlainTrees, candidates, document, searched

GOOD = "# good {}.{}\n"


def good() -> FakeProposer:
    return FakeProposer(lambda brief, n: GOOD.format(brief.step, brief.slot))


class Losing(FakeExecutor):
    """Loses episodes of what ``loses`` says, so many times; each time they have cost a dollar."""

    def __init__(self, loses: Callable[[str, Purpose], bool], times: int = 10**6) -> None:
        super().__init__()
        self._loses = loses
        self.left = times
        self.tried = 0

    async def play(self, source: bytes | None, **asked: Any) -> Measured:
        found = await super().play(source, **asked)
        if not self._loses(asked["digest"], asked["purpose"]) or not self.left:
            return found
        self.left -= 1
        self.tried += 1
        part, costs = found.played[:1], {"usd": 1.0, "agent_tokens": 100}
        return replace(found, played=part, faults=("the model is away",) * 23, costs=costs)


WHERE = {
    "no memory": lambda digest, purpose: not digest and purpose is Purpose.SEARCH,
    "a design": lambda digest, purpose: bool(digest) and purpose is Purpose.SEARCH,
    "the validation": lambda digest, purpose: purpose is Purpose.VALIDATION,
    "the confirmation": lambda digest, purpose: purpose is Purpose.CONFIRMATION,
    "no memory held out": lambda d, purpose: not d and purpose is Purpose.CONFIRMATION,
}


@pytest.mark.parametrize("where", WHERE)
def test_lost_episodes_are_tried_again_and_never_scored(tmp_path: Path, where: str) -> None:
    executor = Losing(WHERE[where], times=2)
    outcome = searched(tmp_path / "a", good(), executor, steps=2)
    assert outcome == searched(tmp_path / "b", good(), steps=2)
    assert document(tmp_path / "a") == document(tmp_path / "b")
    with Archive.open(tmp_path / "a") as archive, Archive.open(tmp_path / "b") as other:
        assert archive.spent()["usd"] == pytest.approx(other.spent()["usd"] + 2.0)
        assert archive.spent()["agent_tokens"] == other.spent()["agent_tokens"] + 200


@pytest.mark.parametrize("where", WHERE)
def test_an_outage_ends_a_run_that_goes_on_later_as_if_nothing_had_been(
    tmp_path: Path, where: str
) -> None:
    executor = Losing(WHERE[where])
    with pytest.raises(InfrastructureError, match="the model is away") as caught:
        searched(tmp_path / "a", good(), executor, steps=2)
    assert "--resume" in caught.value.hint
    assert executor.tried == 3
    with Archive.open(tmp_path / "a") as archive:
        kept = [
            archive.evaluation(digest, purpose)
            for purpose in Purpose
            for digest in archive.evaluated(purpose)
        ]
        assert all(each is not None and not each.faults for each in kept)
        assert all(each.state is State.EVALUATED for each in archive.candidates())
    searched(tmp_path / "a", good(), steps=2)
    searched(tmp_path / "b", good(), steps=2)
    assert document(tmp_path / "a") == document(tmp_path / "b")


def test_a_step_in_which_one_design_is_lost_keeps_the_others(tmp_path: Path) -> None:
    searched(tmp_path / "whole", good(), steps=3, confirm=False)
    lost, *others = [each.digest for each in candidates(tmp_path / "whole", 3)]
    assert others
    with pytest.raises(InfrastructureError):
        searched(tmp_path / "a", good(), Losing(lambda d, _: d == lost), steps=3, confirm=False)
    with Archive.open(tmp_path / "a") as archive:
        assert set(others) <= set(archive.evaluated(Purpose.SEARCH))


def test_a_collection_that_is_lost_is_tried_again_and_paid_for(tmp_path: Path) -> None:
    class Away(FakeExecutor):
        def __init__(self, times: int) -> None:
            super().__init__()
            self.left = times

        async def collect(self, advance: Callable[[], None]) -> list[dict[str, Any]]:
            if self.left:
                self.left -= 1
                raise EpisodeLost("3 episodes are lost", spent=Spent(input_tokens=7, usd=0.5))
            episode = {"spent": {"input_tokens": 3, "output_tokens": 1, "usd": 0.25}}
            return [episode] * 3

    searched(tmp_path / "a", good(), Away(2), steps=0, confirm=False)
    with Archive.open(tmp_path / "a") as archive:
        spent = archive.spent()
    # Two calls of the proposer cost a cent each.
    assert spent["usd"] == pytest.approx(2 * 0.5 + 3 * 0.25 + 0.01)
    assert spent["agent_tokens"] == 2 * 7 + 3 * 4
    with pytest.raises(InfrastructureError, match="3 episodes are lost") as caught:
        searched(tmp_path / "b", good(), Away(99), steps=0)
    assert "--resume" in caught.value.hint


class Breaking(FakeExecutor):
    """Some designs break where they are played for a purpose."""

    def __init__(self, purpose: Purpose, digests: set[str]) -> None:
        super().__init__()
        self._purpose = purpose
        self._digests = digests

    async def play(self, source: bytes | None, **asked: Any) -> Measured:
        if asked["purpose"] is self._purpose and asked["digest"] in self._digests:
            failure = {"during": "retrieve", "ending": "raised", "text": "no", "line": 12}
            digest, purpose = asked["digest"], asked["purpose"]
            return measured(digest, {"t0": 1.0}, purpose=purpose, failure=failure)
        return await super().play(source, **asked)


def test_a_design_that_breaks_when_it_is_played_again_is_no_finalist(tmp_path: Path) -> None:
    whole = searched(tmp_path / "whole", good(), steps=3, confirm=False)
    found = searched(tmp_path / "a", good(), Breaking(Purpose.VALIDATION, {whole.digest}), steps=3)
    assert whole.winner not in found.finalists
    assert len(found.finalists) == 3
    assert found.confirmation is not None


def test_a_winner_that_breaks_on_held_out_tasks_has_no_score_there(tmp_path: Path) -> None:
    whole = searched(tmp_path / "whole", good(), steps=1)
    found = searched(
        tmp_path / "a", good(), Breaking(Purpose.CONFIRMATION, {whole.digest}), steps=1
    )
    assert found.winner == whole.winner
    assert (found.confirmation, found.against) == (None, ())
    assert found.unconfirmed == ("on held-out tasks it broke in general_retrieve, line 12: raised")


# -- with games, guests and an endpoint ----------------------------------------------


class Doors:
    """Answers what is always right, until it is told to be away from an episode on."""

    def __init__(self) -> None:
        self.away: Callable[[str], bool] = lambda text: False

    def __call__(self, path: str, body: Any) -> Any:
        if self.away(str(body["messages"])):
            return 500, {}
        return completion("open green door", counted(100, 5))


@pytest.fixture
def served() -> Iterator[tuple[Doors, Endpoint]]:
    doors = Doors()
    with Endpoint(doors).serving() as endpoint:
        yield doors, endpoint


def played(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, **limits: float) -> Any:
    """One design, searched for with a model as agent that loses patience at once."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    asked = settings(
        domain=str(DOMAINS / "doors"), task_set="all", agent="llm", agent_version="",
        agent_model="gpt-5-nano/low", train_size=2, tasks=2, repeats=1, finalists=1,
    )  # fmt: skip

    async def go() -> Any:
        fresh = not (folder / "archive.sqlite").exists()
        with Archive.create(folder, asked) if fresh else Archive.open(folder) as archive:
            async with Workshop(asked, jobs=1) as workshop:
                agent: Any = workshop._agent
                workshop._agent = replace(agent, answers=None, patience_s=0.001)
                workshop._model._client().max_retries = 0  # type: ignore[attr-defined]
                proposer = FakeProposer(lambda brief, n: LEARNER)
                return await Search(
                    archive, workshop, proposer, PlainTrees(), Nobody(),  # type: ignore[arg-type]
                    budget=Budget(limits=limits),
                ).run(0)  # fmt: skip

    return asyncio.run(go())


@pytest.mark.slow
def test_an_endpoint_that_goes_away_costs_a_run_nothing_but_time(
    tmp_path: Path, served: tuple[Doors, Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    doors, endpoint = served
    run = tmp_path / "run"
    for away in ("Find", "Past experiences"):
        doors.away = lambda text, away=away: away in text
        with pytest.raises(InfrastructureError, match="unavailable") as caught:
            played(run, endpoint.url, monkeypatch)
        assert "--resume" in caught.value.hint
        assert endpoint.url.removesuffix("/v1") in caught.value.hint
    doors.away = lambda text: False
    outcome = played(run, endpoint.url, monkeypatch)
    assert (outcome.search, outcome.confirmation) == (1.0, 1.0)
    with Archive.open(run) as archive:
        spent = archive.spent()
    assert spent["agent_tokens"] % 105 == 0
    # The collection, no memory and the design, and both on twenty held-out tasks.
    assert spent["agent_tokens"] >= 105 * (2 + 2 + 2 + 20 + 20)
