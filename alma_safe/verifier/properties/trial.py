"""What the sections of the battery share: a subject, recorders, and what was seen so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from alma_safe.policy import Policy
from alma_safe.recorders import RecorderSchema
from alma_safe.verifier.properties.deck import Deck, Story
from alma_safe.verifier.properties.episodes import Recorder
from alma_safe.verifier.properties.steps import FRESH, Memory, Step, retrieve, update
from alma_safe.verifier.properties.subject import Subject


@dataclass(slots=True)
class Trial:
    """What the sections share: the subject, the recorders, and what was seen so far."""

    subject: Subject
    policy: Policy
    schema: RecorderSchema
    deck: Deck
    answers: list[Any] = field(default_factory=list)
    rounds: list[Any] = field(default_factory=list)
    untrained: list[Any] = field(default_factory=list)
    learns: bool = False
    uses_model: bool = False

    @property
    def training(self) -> list[Recorder]:
        """The episodes that most sections learn from."""
        return self.deck.training

    @property
    def queries(self) -> list[Recorder]:
        """What most sections ask about."""
        return self.deck.queries

    def untrained_steps(self) -> list[Step]:
        """All queries to an instance that has learnt nothing."""
        return [FRESH, *(retrieve(query, pause=False) for query in self.queries)]

    def script_steps(self) -> list[Step]:
        """The common story: ask empty, learn, ask again."""
        steps = [FRESH, *(retrieve(query) for query in self.queries[:2])]
        for number, recorder in enumerate(self.training):
            steps.append(update(recorder, key=f"t{number}"))
            if number % 3 == 0:
                steps.append(retrieve(self.queries[number]))
        return [*steps, *(retrieve(query) for query in self.queries)]

    def story(self, name: str, steps: Callable[[], Iterable[Step]]) -> Story:
        """A story of the deck; see :meth:`Deck.story`."""
        return self.deck.story(name, steps)

    async def script(self) -> tuple[Memory, list[Any]]:
        """Play the common story. Returns the answers in order."""
        return await self.subject.play(self.story("script", self.script_steps))
