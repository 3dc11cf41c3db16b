from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alma_safe.domains.agents.base import Spent
from alma_safe.domains.agents.scripted import ScriptedAgent
from alma_safe.domains.base import Manner
from alma_safe.domains.crew import Crew
from alma_safe.domains.episode import Episode
from alma_safe.domains.evaluation import evidence
from alma_safe.domains.lost import AgentDown, EpisodeLost
from alma_safe.domains.pack import Pack
from alma_safe.domains.rollout import Deployment, Hopeless, Rollout
from alma_safe.domains.settings import Mode, Settings
from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.policy import Policy, load_policy
from alma_safe.sandbox.broker import LocalModel
from alma_safe.sandbox.select import backend
from tests.assets.domains.doors.pack import Room
from tests.domains.designs import COUNTER, LEARNER, RAISER, SPINNER, design_of

pytestmark = pytest.mark.usefixtures("own_cache")


class Told:
    """Wraps the scripted agent and keeps what it was told of each memory."""

    name, version, skills, concurrency = "told", "1", True, 3

    def __init__(self) -> None:
        self.memories: list[tuple[str, Any]] = []

    def player(self, memory: Any, view: Any, seed: int) -> Any:
        self.memories.append((view.text, memory))
        return ScriptedAgent().player(memory, view, seed)


def deployed(
    pack: Pack,
    text: str,
    *,
    jobs: int = 2,
    agent: Any = None,
    policy: Policy | None = None,
    hopeless: Hopeless | None = None,
    whole_or_nothing: bool = False,
    **settings: Any,
) -> tuple[Deployment, Deployment]:
    """Without a memory, and with the design."""

    async def go() -> tuple[Deployment, Deployment]:
        walls = backend()
        try:
            async with Crew(pack, jobs=jobs) as crew:
                rollout = Rollout(
                    crew,
                    agent or ScriptedAgent(),
                    Settings(**settings),
                    policy=policy or load_policy("strict"),
                    backend=walls,
                    model=LocalModel(),
                    whole_or_nothing=whole_or_nothing,
                )
                await rollout.choose()
                collection = await rollout.collect(lambda: None)
                alone = await rollout.without_memory(lambda: None)
                return alone, await rollout.deploy(
                    design_of(text), collection, lambda: None, hopeless
                )
        finally:
            await walls.aclose()

    return asyncio.run(go())


def rewards(found: Deployment) -> list[tuple[str, int, float]]:
    return [(each.task.id, each.repeat, each.reward) for each in found.episodes]


def score(found: Deployment) -> float:
    return sum(each.reward for each in found.episodes) / len(found.episodes)


def test_design_that_learns_what_pays_beats_no_memory(pack: Callable[[str], Pack]) -> None:
    alone, found = deployed(pack("doors"), LEARNER)
    assert found.failure is None
    assert score(found) == 1.0
    assert 0.2 < score(alone) < 0.8
    assert found.memory_bytes > 2**20


def test_numbers_do_not_depend_on_jobs(pack: Callable[[str], Pack]) -> None:
    one = deployed(pack("doors"), LEARNER, jobs=1, train_size=2)
    two = deployed(pack("doors"), LEARNER, jobs=2, train_size=2)
    assert [rewards(each) for each in one] == [rewards(each) for each in two]


def test_another_seed_is_another_evaluation(pack: Callable[[str], Pack]) -> None:
    first = deployed(pack("doors"), LEARNER, train_size=0)[0]
    second = deployed(pack("doors"), LEARNER, train_size=0, seed=7)[0]
    assert rewards(first) != rewards(second)


def test_halves_of_a_split_do_not_meet(pack: Callable[[str], Pack]) -> None:
    async def go() -> Rollout:
        async with Crew(pack("doors"), jobs=1) as crew:
            rollout = Rollout(
                crew,
                ScriptedAgent(),
                Settings(split="train"),
                policy=load_policy("strict"),
                backend=backend(),
                model=LocalModel(),
            )
            await rollout.choose()
            return rollout

    rollout = asyncio.run(go())
    learnt = {task.id for task in rollout.collection_tasks}
    asked = {task.id for task in rollout.deployment_tasks}
    assert len(learnt) == len(asked) == 10
    assert not learnt & asked


def test_batched_memory_is_frozen_and_asked_in_order(pack: Callable[[str], Pack]) -> None:
    agent = Told()
    _, found = deployed(pack("doors"), COUNTER, agent=agent, tasks=5, train_size=4)
    asked = [memory for _, memory in agent.memories if memory]
    assert sorted(len(memory["asked"]) for memory in asked) == list(range(1, 16))
    assert {len(memory["told"]) for memory in asked} == {4}
    assert len(found.usage) == 1


def test_an_answer_beyond_what_the_policy_allows_ends_the_design(
    pack: Callable[[str], Pack],
) -> None:
    # The gate has seen no such answer: it comes when enough was learned.
    long = 'return {"padding": "x" * 70_000 * (self.asked > 3), '
    sleeper = COUNTER.replace("return {", long, 1)
    assert sleeper != COUNTER
    _, found = deployed(pack("doors"), sleeper, tasks=5, train_size=4)
    assert found.failure is not None
    assert (found.failure.during, found.failure.ending) == ("retrieve", "output")
    assert "70," in found.failure.text


def test_sequential_memories_are_three_and_go_on_learning(pack: Callable[[str], Pack]) -> None:
    agent = Told()
    _, found = deployed(
        pack("doors"), COUNTER, agent=agent, tasks=5, train_size=4, mode=Mode.SEQUENTIAL
    )
    asked = [memory for _, memory in agent.memories if memory]
    told = sorted((len(memory["asked"]), len(memory["told"])) for memory in asked)
    assert told == sorted((n + 1, 4 + n) for n in range(5) for _ in range(3))
    assert len(found.usage) == 3


class Losing(Told):
    """Loses the episodes of one room for want of its model, after it was paid for."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self.room = room

    def player(self, memory: Any, view: Any, seed: int) -> Any:
        player = super().player(memory, view, seed)
        lost = view.text == self.room

        class Paid:
            spent = Spent(calls=1, input_tokens=100, usd=0.5)

            async def act(self, view: Any) -> str:
                if lost:
                    raise AgentDown("the model is away")
                return str(await player.act(view))

        return Paid()


def room(number: int) -> str:
    """What one sees first in the room of a task of the default selection."""
    tasks = [f"in/{n}" for n in range(20)]
    random.Random(42).shuffle(tasks)
    manner = Manner(skills=True, limit=9, seed=0)
    return Room(tasks[10:][number], manner).reset().text


@pytest.mark.parametrize("mode", list(Mode))
def test_a_lost_episode_loses_no_other_and_is_paid_for(
    pack: Callable[[str], Pack], mode: Mode
) -> None:
    alone, found = deployed(
        pack("doors"), COUNTER, agent=Losing(room(1)), tasks=5, train_size=0, mode=mode, repeats=2
    )
    for each in (alone, found):
        assert (len(each.episodes), len(each.faults), each.planned) == (8, 2, 10)
        assert (each.spent.calls, each.spent.usd) == (10, 5.0)
        assert set(each.faults) == {"the model is away"}


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_worth_something_only_as_a_whole_ends_with_the_first_lost_episode(
    pack: Callable[[str], Pack], mode: Mode
) -> None:
    _, found = deployed(
        pack("doors"), COUNTER, agent=Losing(room(0)), jobs=1, tasks=9, mode=mode, repeats=1,
        train_size=0, whole_or_nothing=True,
    )  # fmt: skip
    assert len(found.episodes) + len(found.faults) == found.planned == 9
    assert found.spent.calls <= 3


def test_a_collection_that_is_lost_says_what_was_paid(pack: Callable[[str], Pack]) -> None:
    class Away(Losing):
        def player(self, memory: Any, view: Any, seed: int) -> Any:
            self.room = view.text
            return super().player(memory, view, seed)

    with pytest.raises(EpisodeLost, match="3 episodes could not be played") as caught:
        deployed(pack("doors"), COUNTER, agent=Away(""), train_size=3)
    assert caught.value.spent.usd == 1.5


class Slow(Told):
    """Thinks for longer than a guest of the gate may live."""

    def player(self, memory: Any, view: Any, seed: int) -> Any:
        player = super().player(memory, view, seed)

        class Thinking:
            spent = player.spent

            async def act(self, view: Any) -> str:
                await asyncio.sleep(1.2)
                return str(await player.act(view))

        return Thinking()


def test_a_memory_may_wait_for_games_longer_than_a_guest_of_the_gate_may_live(
    pack: Callable[[str], Pack],
) -> None:
    policy = load_policy("strict")
    short = replace(policy, sandbox=replace(policy.sandbox, wall_s=1))
    _, found = deployed(
        pack("doors"), LEARNER, agent=Slow(), policy=short, tasks=3, repeats=1, train_size=2
    )
    assert found.failure is None
    assert len(found.episodes) == 3


def test_what_is_hopeless_after_a_repeat_is_stopped_there(pack: Callable[[str], Pack]) -> None:
    asked: list[int] = []

    def hopeless(episodes: Any) -> bool:
        asked.append(len(episodes))
        return len(asked) == 2

    _, whole = deployed(pack("doors"), LEARNER, repeats=4)
    _, found = deployed(pack("doors"), LEARNER, repeats=4, hopeless=hopeless)
    assert found.stopped
    assert not whole.stopped
    assert asked == [10, 20]
    assert rewards(found) == rewards(whole)[:20]


def test_a_held_out_split_can_be_deployed_on_whole_and_with_other_chance(
    pack: Callable[[str], Pack],
) -> None:
    alone, _ = deployed(pack("doors"), LEARNER, whole=True, repeats=1)
    assert len({each.task.id for each in alone.episodes}) == 20
    other, _ = deployed(pack("doors"), LEARNER, whole=True, repeats=1, first_repeat=3)
    assert {each.repeat for each in other.episodes} == {3}
    assert [r for *_, r in rewards(other)] != [r for *_, r in rewards(alone)]
    with pytest.raises(UsageError):
        Settings(split="train", whole=True)


def test_an_episode_is_the_same_after_it_was_written_down(pack: Callable[[str], Pack]) -> None:
    _, found = deployed(pack("doors"), LEARNER, repeats=1)
    for each in found.episodes:
        assert Episode.from_json(json.loads(json.dumps(each.to_json()))) == each
    assert any(each.retrieved_bytes for each in found.episodes)


def test_design_that_raises_fails_with_its_line(pack: Callable[[str], Pack]) -> None:
    _, found = deployed(pack("doors"), RAISER, tasks=2)
    assert found.failure is not None
    assert (found.failure.during, found.failure.ending) == ("retrieve", "raised")
    assert found.failure.line == 1 + RAISER.splitlines().index('        raise ValueError("no")')


def test_design_that_hangs_while_it_is_asked_gets_a_typed_ending(
    pack: Callable[[str], Pack],
) -> None:
    _, found = deployed(pack("doors"), SPINNER, tasks=2)
    assert found.failure is not None
    assert found.failure.ending in ("timeout_wall", "timeout_cpu")
    assert found.episodes == ()


def test_what_was_played_before_a_failure_is_kept(pack: Callable[[str], Pack]) -> None:
    text = COUNTER.replace(
        "        self.told += 1\n",
        '        self.told += 1\n        if self.told == 4:\n            raise ValueError("full")\n',
    )
    _, found = deployed(pack("doors"), text, tasks=5, train_size=1, mode=Mode.SEQUENTIAL, repeats=1)
    assert found.failure is not None
    assert found.failure.during == "update"
    assert len(found.episodes) == 3


def test_fault_of_ours_is_played_again_and_never_a_zero(pack: Callable[[str], Pack]) -> None:
    alone, found = deployed(pack("faulty"), COUNTER, split="in", train_size=0)
    assert {each.reward for each in (*alone.episodes, *found.episodes)} == {1.0}
    assert "dies" not in {each.task.id for each in found.episodes}
    if any(each.task.id == "dies_once" for each in alone.episodes):
        assert max(each.attempts for each in alone.episodes) == 2


def test_collection_that_cannot_be_played_is_infrastructure(pack: Callable[[str], Pack]) -> None:
    with pytest.raises(InfrastructureError, match="could not be played"):
        deployed(pack("faulty"), COUNTER, split="train", seed=3)


def test_unknown_split_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="unknown split"):
        Settings(split="test")


def test_evidence_is_of_every_third_of_the_rewards(pack: Callable[[str], Pack]) -> None:
    alone, _ = deployed(pack("doors"), LEARNER)
    shown = evidence(alone.episodes)
    assert {each.reward for each in shown} == {0.0, 1.0}
    assert len(shown) == 6
