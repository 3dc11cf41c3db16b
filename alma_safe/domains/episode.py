"""One episode: the environment begins, the memory is asked once, the agent acts to the end."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from alma_safe.domains.agents.base import Agent, Spent
from alma_safe.domains.base import Manner, Task, View
from alma_safe.domains.crew import Crew
from alma_safe.domains.lost import WorkerLost
from alma_safe.domains.tally import Tally

_ATTEMPTS = 3

type Retrieve = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Asks the memory, given ``init``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An episode that was played to its end.

    ``steps`` as in the domain's recorder; ``retrieved``: what the memory said before it.
    """

    task: Task
    repeat: int
    reward: float
    init: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    spent: Spent = field(default_factory=Spent)
    retrieved: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 1

    @property
    def retrieved_bytes(self) -> int:
        """The size of what the memory said, as text."""
        return len(repr(self.retrieved)) if self.retrieved else 0

    @property
    def recorder(self) -> dict[str, Any]:
        """What a design gets to see of it."""
        return {"init": dict(self.init), "steps": list(self.steps), "reward": self.reward}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            **asdict(self),
            "init": dict(self.init),
            "steps": [dict(step) for step in self.steps],
            "retrieved": dict(self.retrieved),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Episode:
        """Return what :meth:`to_json` was of. Raises TypeError or KeyError for another shape."""
        return cls(
            **{
                **values,
                "task": Task(**values["task"]),
                "steps": tuple(values["steps"]),
                "spent": Spent(**values["spent"]),
            }
        )


def seed_of(*parts: object) -> int:
    """A seed of 63 bits that these parts give on every machine."""
    text = "/".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


async def play(
    crew: Crew,
    task: Task,
    agent: Agent,
    *,
    seed: int,
    repeat: int,
    limit: int,
    retrieve: Retrieve,
    tally: Tally,
) -> Episode:
    """Play one episode. A worker that is lost makes it begin again; the memory is asked once.

    ``tally`` is told what each beginning took, whatever came of it.

    Raises WorkerLost after some attempts, AgentDown, and what ``retrieve`` raises.
    """
    own = seed_of(seed, task.id, repeat)
    manner = Manner(skills=agent.skills, limit=limit, seed=own)
    memory: Mapping[str, Any] | None = None
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with crew.episode(task, manner) as game:
                init = game.view.fields
                if memory is None:
                    memory = await retrieve(init)
                player = agent.player(memory, game.view, own)
                steps: list[dict[str, Any]] = []
                try:
                    while not game.view.done and game.view.steps < limit:
                        action = await player.act(game.view)
                        steps.append(_logged(action, await game.step(action)))
                finally:
                    tally.add(player.spent)
                return Episode(
                    task=task,
                    repeat=repeat,
                    reward=game.view.reward,
                    init=init,
                    steps=tuple(steps),
                    spent=player.spent,
                    retrieved=memory,
                    attempts=attempt,
                )
        except WorkerLost:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError


def _logged(action: str, view: View) -> dict[str, Any]:
    return {
        "action_took": action,
        **view.fields,
        "scores": view.score,
        "dones": view.done,
    }
