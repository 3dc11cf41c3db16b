"""The design under test: a guest that is opened, told stories, and opened again when it died."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alma_safe.design import Design
from alma_safe.policy import Policy
from alma_safe.sandbox.base import (
    Backend,
    Closing,
    Ending,
    GuestOptions,
    GuestRaised,
    GuestRefused,
    Session,
    SessionEnded,
)
from alma_safe.sandbox.broker import Account, Broker
from alma_safe.verifier.properties import rules
from alma_safe.verifier.properties.deck import Deck, Story
from alma_safe.verifier.properties.judge import Judge, NoValue, violated
from alma_safe.verifier.properties.model import ControlledModel
from alma_safe.verifier.properties.steps import Memory, Step, story_of
from alma_safe.verifier.properties.violation import Violation

_MAX_RESTARTS = 8
_LOAD_DEADLINE_S = 30.0
_QUIET_S = 2.0
"""A story that makes no progress for so long is told again, call by call: an honest call
rarely takes longer, and then has its own deadline."""

_LOAD = Step(op="load")


class TooManyDeaths(Exception):
    """The guest died so often that going on would tell nothing new."""


class Subject:
    """One design in one guest at a time, with a model that the tests control."""

    def __init__(
        self,
        backend: Backend,
        design: Design,
        policy: Policy,
        deck: Deck,
        *,
        hash_seed: int,
        seed: int,
    ) -> None:
        self.model = ControlledModel()
        self.class_name = ""
        self.closings: list[Closing] = []
        self.chroma = "none"
        self.degraded: tuple[str, ...] = ()
        self._backend = backend
        self._design = design
        self._policy = policy
        self._deck = deck
        self._judge = Judge(policy, deck)
        self._options = GuestOptions(hash_seed=hash_seed, random_seed=seed, material=deck.material)
        self._deadline_s = policy.properties.call_deadline_s
        self._session: Session | None = None
        self._account = Account(policy.broker)
        self._broker = Broker(policy.broker, self.model, account=self._account)
        self._served_s = 0.0
        self._newest = 0

    @property
    def source(self) -> str:
        """The text of the design."""
        return self._design.data.decode("utf-8", "replace")

    @property
    def checks(self) -> int:
        """Checks that were carried out."""
        return self._judge.checks

    @property
    def served_s(self) -> float:
        """Seconds that calls of this design have taken in all its guests."""
        return self._served_s + (self._session.served_s if self._session else 0.0)

    def guest_memory(self) -> int:
        """Resident bytes of the guest now, as the host sees them."""
        return self._live().memory_bytes()

    async def close(self) -> None:
        """End the present guest."""
        session, self._session = self._session, None
        if session is not None:
            self.closings.append(await session.close())
            self._served_s += session.served_s

    async def open(self) -> None:
        """Make sure that a guest with the loaded design is there.

        Raises Violation when the design cannot be loaded, TooManyDeaths when it keeps
        dying.
        """
        if self._session is not None:
            return
        if len(self.closings) > _MAX_RESTARTS:
            raise TooManyDeaths
        self._broker = Broker(self._policy.broker, self.model, account=self._account)
        self._session = await self._backend.open(
            self._design, self._policy, broker=self._broker, options=self._options
        )
        self.chroma, self.degraded = self._session.chroma, self._session.degraded
        memory = Memory(instance=0)
        try:
            loaded = await self._asked("load", {}, deadline_s=_LOAD_DEADLINE_S)
        except (GuestRaised, GuestRefused, SessionEnded) as error:
            raise await self._failed(error, _LOAD, memory) from None
        self._judge.checks += 1
        if not isinstance(loaded, dict):
            raise violated(rules.DIED, "loading the design was answered out of protocol", memory)
        self.class_name = str(loaded.get("class"))

    async def play(
        self, story: Story | Sequence[Step], memory: Memory | None = None
    ) -> tuple[Memory, list[Any]]:
        """Tell a story in one message; return the instance it ends with and the answers.

        A story without ``memory`` begins with ``fresh``. What goes wrong is judged like
        single calls; where the message is not answered, the whole story is told again
        call by call, so that each has its deadline. Raises Violation.
        """
        await self.open()
        told = memory or Memory(instance=0)
        steps, payload = self._told(story, told.instance)
        quiet_s = min(self._deadline_s, _QUIET_S)
        try:
            outcomes = await self._asked("replay", payload, deadline_s=quiet_s, episodes=len(steps))
        except (GuestRaised, GuestRefused, SessionEnded) as error:
            if isinstance(error, SessionEnded) and error.closing.ending is Ending.INFRASTRUCTURE:
                raise await self._failed(error, steps[0], told) from None
            await self.close()
            return await self._one_by_one(steps, memory)
        answers: list[Any] = []
        for step, outcome in zip(steps, _objects(outcomes), strict=False):
            told = self._judge.step(step, outcome, told, answers)
        if not isinstance(outcomes, list) or len(outcomes) != len(steps):
            raise violated(rules.DIED, "calls were answered out of protocol", told)
        self._newest = told.instance
        return told, answers

    def _told(
        self, story: Story | Sequence[Step], instance: int
    ) -> tuple[Sequence[Step], Mapping[str, Any]]:
        """The steps of a story, and the message that tells them about this instance."""
        if not isinstance(story, Story):
            return story, {"calls": list(self._deck.wired(story, instance))}
        if instance in (0, self._newest):
            return story.steps, story.payload
        return story.steps, {"calls": list(self._deck.wired(story.steps, instance))}

    async def together(self, memory: Memory, steps: Sequence[Step]) -> list[Any | Violation]:
        """Make calls at the same time; each comes to an answer or to what was wrong with it."""
        calls = list(self._deck.wired(steps, memory.instance))
        try:
            outcomes = await self._asked(
                "together", {"calls": calls}, deadline_s=self._deadline_s, episodes=len(calls)
            )
        except (GuestRaised, GuestRefused, SessionEnded) as error:
            raise await self._failed(error, steps[0], memory) from None
        if not isinstance(outcomes, list) or len(outcomes) != len(steps):
            raise violated(rules.DIED, "calls were answered out of protocol", memory)
        return [
            self._apart(step, outcome, memory)
            for step, outcome in zip(steps, _objects(outcomes), strict=True)
        ]

    def _apart(self, step: Step, outcome: Mapping[str, Any], memory: Memory) -> Any:
        try:
            return self._judge.call(step, outcome, memory)
        except Violation as violation:
            return violation

    async def _one_by_one(
        self, steps: Sequence[Step], memory: Memory | None
    ) -> tuple[Memory, list[Any]]:
        """Tell a story call by call, after what ``memory`` had been through already."""
        before = [] if memory is None else story_of(memory.trail)
        told = Memory(instance=0)
        answers: list[Any] = []
        for number, step in enumerate([*before, *steps]):
            await self.open()
            if number == len(before):
                answers.clear()
            ((method, payload),) = self._deck.wired([step], told.instance)
            try:
                value = await self._asked(method, payload, deadline_s=self._deadline_s)
            except (GuestRaised, GuestRefused, SessionEnded) as error:
                if step.called:
                    told.trail.append(step.operation)
                raise await self._failed(error, step, told) from None
            told = self._judge.step(step, {"value": value}, told, answers)
        self._newest = told.instance
        return told, answers

    async def _failed(self, error: NoValue, step: Step, memory: Memory) -> Violation:
        """Judge a step that came to no value; a guest that is gone is put away."""
        if isinstance(error, SessionEnded):
            await self.close()
        return self._judge.failed(error, step, memory)

    async def _asked(
        self, method: str, payload: Mapping[str, Any], *, deadline_s: float, episodes: int = 1
    ) -> Any:
        with self._broker.serving(episodes):
            return await self._live().call(method, payload, deadline_s=deadline_s)

    def _live(self) -> Session:
        if self._session is None:
            raise TooManyDeaths
        return self._session


def _objects(outcomes: Any) -> list[Mapping[str, Any]]:
    """The outcomes of a replay, as far as they are objects at all."""
    if not isinstance(outcomes, list):
        return []
    return [outcome if isinstance(outcome, dict) else {} for outcome in outcomes]
