"""What the sections of the battery share: a subject, recorders, and what was seen so far."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import Any

from alma_safe.policy import Policy
from alma_safe.recorders import RecorderSchema
from alma_safe.verifier.properties import episodes
from alma_safe.verifier.properties.episodes import Recorder
from alma_safe.verifier.properties.subject import Memory, Subject

_TRAINING = 8
_LONG = 24


@dataclass(slots=True)
class Trial:
    """What the sections share: the subject, the recorders, and what was seen so far."""

    subject: Subject
    policy: Policy
    schema: RecorderSchema
    training: list[Recorder]
    queries: list[Recorder]
    answers: list[Any] = field(default_factory=list)
    rounds: list[Any] = field(default_factory=list)
    untrained: list[Any] = field(default_factory=list)
    learns: bool = False
    uses_model: bool = False

    @classmethod
    def prepare(cls, subject: Subject, policy: Policy, schema: RecorderSchema) -> Trial:
        """Make the recorders of this trial; they depend on the schema alone."""
        rng = random.Random(11)
        training = [episodes.typical(schema, rng) for _ in range(_TRAINING)]
        # What ordinary draws have too rarely: a long episode, and one that goes in circles.
        training[1] = episodes.typical(schema, rng, steps=_LONG)
        stuck = training[2]["steps"][0]
        training[2]["steps"] = [stuck, stuck, *training[2]["steps"], stuck, stuck]
        # The same episode again: what was kept of the first must not be written to.
        training[-1] = copy.deepcopy(training[0])
        fresh = [episodes.typical(schema, rng) for _ in range(policy.properties.concurrency)]
        return cls(
            subject=subject,
            policy=policy,
            schema=schema,
            training=training,
            # Half known, half new: both a hit and a miss of the memory are asked for.
            queries=[*training[:4], *fresh][: policy.properties.concurrency],
        )

    async def ask_untrained(self) -> list[Any]:
        """All queries to an instance that has learnt nothing."""
        memory = await self.subject.fresh()
        return [await self.subject.retrieve(memory, query, pause=False) for query in self.queries]

    async def script(self) -> tuple[Memory, list[Any]]:
        """The common story: ask empty, learn, ask again. Returns the answers in order."""
        memory = await self.subject.fresh()
        answers = [await self.subject.retrieve(memory, query) for query in self.queries[:2]]
        for number, recorder in enumerate(self.training):
            await self.subject.update(memory, recorder, key=f"t{number}")
            if number % 3 == 0:
                answers.append(await self.subject.retrieve(memory, self.queries[number]))
        answers += [await self.subject.retrieve(memory, query) for query in self.queries]
        return memory, answers
