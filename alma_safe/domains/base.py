"""What the code of a domain offers. It runs in worker processes, never in the host.

A domain is a folder with ``pack.toml``, ``recorder.toml`` and a module ``pack.py`` whose
function ``domain(cache)`` returns a :class:`Domain`; ``cache`` is a folder in which it may
keep what it can make again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

SPLITS = ("train", "in", "out")
"""Tasks to learn from, others like them, and others unlike them."""

type Json = None | bool | int | float | str | list[Json] | dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task. ``id`` names it for ever; ``kind`` is the type that scores are split by."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an episode is to be played.

    ``skills``: actions may be the environment's own skills, each of several steps, as
    the scripted agent needs them where single steps are too small to choose among.
    ``limit``: steps until the episode is over. ``seed``: of what is left to chance.
    """

    skills: bool
    limit: int
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What an environment shows, at the start and after every action.

    ``fields``: what goes into the recorder: at the start the keys of ``[init]`` in
    ``recorder.toml``, later those of ``[step]`` but for the action, scores and dones.
    ``text``: the same for a model that reads. ``choices``: what may be done now, as the
    scripted agent gets to see it, and a design only where ``fields`` holds it.
    ``place``: where the agent is; ``about``: what holds there beyond ``text``.
    ``score``: what the recorder logs for the step. ``reward``: what the episode is worth
    if it ends here, in [0, 1]. ``done``: the game itself is over, not only the steps that
    are granted. ``steps``: steps taken since the start.
    """

    fields: Mapping[str, Any]
    text: str
    goal: str = ""
    choices: tuple[str, ...] = ()
    place: str = ""
    about: str = ""
    score: float = 0.0
    reward: float = 0.0
    done: bool = False
    steps: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {"fields": dict(self.fields)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> View:
        """Return what :meth:`to_json` was of. Raises TypeError or KeyError for another shape."""
        return cls(**{**values, "choices": tuple(values["choices"])})


class Environment(Protocol):
    """One episode of one task, played once."""

    def reset(self) -> View:
        """Begin."""

    def step(self, action: str) -> View:
        """Do what ``action`` says. One that is not possible costs a step and is answered."""

    def close(self) -> None:
        """Free what it holds."""


class Domain(Protocol):
    """Tasks and the environments that they are played in."""

    def tasks(self, split: str, task_set: str) -> Sequence[Task]:
        """Return the tasks of a split, the same and in the same order on every machine."""

    def prepare(self, task_id: str) -> None:
        """Make what the task needs and can be kept; doing it again costs nothing."""

    def open(self, task_id: str, manner: Manner) -> Environment:
        """Return an environment for one episode. Raises KeyError for an unknown task."""
