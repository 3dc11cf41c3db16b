"""All recorders of the guest stages, made once for a schema, a policy and a seed.

Guests hold them as material before any design comes, so that a call names a recorder
by its position instead of sending it. The workload of the execution is among them: one
material for all stages, so that all can fork their guests from the same parent.
"""

from __future__ import annotations

import copy
import functools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from alma_safe.policy import ExecutionPolicy, PropertiesPolicy
from alma_safe.recorders import RecorderSchema
from alma_safe.sandbox.material import Material
from alma_safe.sandbox.protocol import Prepared
from alma_safe.verifier.properties import episodes
from alma_safe.verifier.properties.bank import Sequence as Drawn
from alma_safe.verifier.properties.bank import load_bank
from alma_safe.verifier.properties.episodes import Recorder
from alma_safe.verifier.properties.steps import Step
from alma_safe.verifier.properties.texts import AWKWARD, REPLACED_SURROGATE, long_text
from alma_safe.verifier.workload import Workload, load_workload

_TRAINING = 8
_LONG = 24
_VARIETY = 80


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """Steps that are told to every design, and how a guest takes them."""

    steps: tuple[Step, ...]
    payload: Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Deck:
    """The recorders of each section, and where each lies in the material.

    ``training`` and ``queries`` are common to most sections; ``odd`` and ``misshapen``
    have a name each; ``bank`` holds what Hypothesis drew for the seed.
    """

    training: list[Recorder]
    queries: list[Recorder]
    awkward: list[Recorder]
    odd: list[Recorder]
    misshapen: list[tuple[str, Recorder]]
    variety: list[Recorder]
    bulk: list[Recorder]
    lengthy: Recorder
    wordy: Recorder
    bank: list[Drawn]
    workload: Workload
    material: Material
    _places: dict[int, tuple[int, bool]]
    _beginnings: dict[int, Recorder]
    _stories: dict[str, Story] = field(default_factory=dict)

    def place(self, recorder: Recorder) -> tuple[int, bool] | None:
        """Where ``recorder`` lies in the material, and whether it is only the start of that one."""
        return self._places.get(id(recorder))

    def beginning(self, recorder: Recorder) -> Recorder:
        """What a design sees before the episode of ``recorder``."""
        return self._beginnings.get(id(recorder)) or episodes.beginning(recorder)

    def shown(self, step: Step) -> Recorder:
        """What the design is given: before an episode only its beginning."""
        return self.beginning(step.recorder) if step.op == "retrieve" else step.recorder

    def story(self, name: str, steps: Callable[[], Iterable[Step]]) -> Story:
        """The story of this name, made of ``steps`` when it is first asked for.

        What it is made of must be the deck's alone. It is about the instance that was
        constructed last.
        """
        known = self._stories.get(name)
        if known is None:
            told = tuple(steps())
            known = Story(told, Prepared({"calls": list(self.wired(told, 0))}))
            self._stories[name] = known
        return known

    def wired(self, steps: Sequence[Step], instance: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """The steps as a guest takes them; 0 is the instance that was constructed last."""
        for step in steps:
            if step.op == "fresh":
                instance = 0
            if not step.called:
                yield step.op, {} if step.key is None else {"key": step.key}
                continue
            payload: dict[str, Any] = {"instance": instance}
            shown = self.shown(step)
            place = self.place(shown)
            if place is None:
                payload["recorder"] = shown
            else:
                payload["recorder"], payload["start"] = place
            if step.echo:
                payload["echo"] = True
            if not step.pause:
                payload["pause"] = False
            if step.key is not None:
                payload["key"] = step.key
            yield step.op, payload


@functools.lru_cache(maxsize=8)
def deck(
    schema: RecorderSchema, settings: PropertiesPolicy, execution: ExecutionPolicy, seed: int
) -> Deck:
    """Make the recorders; they depend on the arguments alone."""
    training, queries = _common(schema, settings)
    odd = [recorder for _, recorder in episodes.oddities(schema)]
    misshapen = episodes.misshapen(schema, REPLACED_SURROGATE)
    awkward = [episodes.with_text(schema, text) for text in AWKWARD]
    variety, bulk = _variety(schema), _bulk(schema, settings)
    lengthy = episodes.typical(schema, random.Random(29), steps=settings.long_episode_steps)
    wordy = episodes.with_long_texts(schema, long_text(settings.long_text_chars))
    bank = load_bank(schema, settings, seed)
    workload = load_workload(
        schema,
        collection=execution.collection_episodes,
        deployment=execution.deployment_episodes,
    )
    finished = [
        *training, *queries, *awkward, *odd, *(recorder for _, recorder in misshapen),
        *variety, *bulk, lengthy, wordy, *workload.recorders,
    ]  # fmt: skip
    drawn = [operation["recorder"] for sequence in bank for operation in sequence]
    material, places, beginnings = _laid_out(finished, drawn)
    return Deck(
        training=training,
        queries=queries,
        awkward=awkward,
        odd=odd,
        misshapen=misshapen,
        variety=variety,
        bulk=bulk,
        lengthy=lengthy,
        wordy=wordy,
        bank=bank,
        workload=workload,
        material=material,
        _places=places,
        _beginnings=beginnings,
    )


def _common(
    schema: RecorderSchema, settings: PropertiesPolicy
) -> tuple[list[Recorder], list[Recorder]]:
    rng = random.Random(11)
    training = [episodes.typical(schema, rng) for _ in range(_TRAINING)]
    # What ordinary draws have too rarely: a long episode, and one that goes in circles.
    training[1] = episodes.typical(schema, rng, steps=_LONG)
    stuck = training[2]["steps"][0]
    training[2]["steps"] = [stuck, stuck, *training[2]["steps"], stuck, stuck]
    # The same episode again: what was kept of the first must not be written to.
    training[-1] = copy.deepcopy(training[0])
    fresh = [episodes.typical(schema, rng) for _ in range(settings.concurrency)]
    # Half known, half new: both a hit and a miss of the memory are asked for.
    return training, [*training[:4], *fresh][: settings.concurrency]


def _variety(schema: RecorderSchema) -> list[Recorder]:
    rng = random.Random(37)
    return [
        episodes.numbered(episodes.typical(schema, rng, steps=6), schema, number)
        for number in range(_VARIETY)
    ]


def _bulk(schema: RecorderSchema, settings: PropertiesPolicy) -> list[Recorder]:
    rng = random.Random(23)
    return [episodes.typical(schema, rng) for _ in range(settings.bulk_episodes)]


def _laid_out(
    finished: Iterable[Recorder], drawn: Iterable[Recorder]
) -> tuple[Material, dict[int, tuple[int, bool]], dict[int, Recorder]]:
    """Give every recorder its place; the finished ones can also be asked about before."""
    laid: list[Recorder] = []
    places: dict[int, tuple[int, bool]] = {}
    beginnings: dict[int, Recorder] = {}
    for recorder in finished:
        if id(recorder) not in places:
            begun = beginnings[id(recorder)] = episodes.beginning(recorder)
            places[id(recorder)] = len(laid), False
            places[id(begun)] = len(laid), True
            laid.append(recorder)
    for recorder in drawn:
        places.setdefault(id(recorder), (len(laid), False))
        # What was drawn to be asked about is a beginning already.
        beginnings.setdefault(id(recorder), recorder)
        laid.append(recorder)
    return Material.of(laid), places, beginnings
