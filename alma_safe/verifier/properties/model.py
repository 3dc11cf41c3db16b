"""The model that the property tests control: it can fail, answer nonsense, or answer late."""

from __future__ import annotations

import asyncio
import random
from enum import StrEnum

from alma_safe.sandbox.broker import (
    Answer,
    ChatRequest,
    EmbedRequest,
    LocalModel,
    ModelDown,
    Tokens,
    Vectors,
)
from alma_safe.sandbox.broker.model import estimate

GARBAGE = "zzqx %% unusable answer [[ {"
EMPTY_ANSWER = "The model gave no answer."
"""What Agent.ask gives a design when the model answered nothing."""

WRONG_JSON = '{"unexpected": ["shape"], "items": 7, "zzqx": null}'


class Fault(StrEnum):
    """How the model behaves for now."""

    NONE = "answers"
    OUTAGE = "the LLM is down"
    GARBAGE = "the LLM answers garbage"
    WRONG_JSON = "the LLM answers JSON of another shape"
    EMPTY = "the LLM answers nothing"
    EMBEDDING_OUTAGE = "the embedding is down"


_ANSWERS = {Fault.GARBAGE: GARBAGE, Fault.WRONG_JSON: WRONG_JSON, Fault.EMPTY: ""}


class ControlledModel:
    """The local model, with a fault that the tests set and answers they can shuffle."""

    free = True

    def __init__(self) -> None:
        self._local = LocalModel()
        self._delays: random.Random | None = None
        self.fault = Fault.NONE
        self.chats = 0
        self.embeds = 0
        self.plain_chats = 0

    def shuffle(self, seed: int | None) -> None:
        """Answer concurrent calls out of order, or in order again with None."""
        self._delays = None if seed is None else random.Random(seed)

    async def aclose(self) -> None:
        """Nothing is held."""

    async def chat(self, request: ChatRequest) -> Answer:
        """Answer as the present fault says."""
        self.chats += 1
        self.plain_chats += request.schema is None
        await self._delay()
        if self.fault is Fault.OUTAGE:
            raise ModelDown("the model is unavailable")
        answer = _ANSWERS.get(self.fault)
        if answer is not None:
            return Answer(text=answer, tokens=Tokens(output=estimate(answer)))
        return await self._local.chat(request)

    async def embed(self, request: EmbedRequest) -> Vectors:
        """Embed, unless the embedding is down."""
        self.embeds += 1
        await self._delay()
        if self.fault is Fault.EMBEDDING_OUTAGE:
            raise ModelDown("the embedding model is unavailable")
        return await self._local.embed(request)

    async def _delay(self) -> None:
        if self._delays is not None:
            await asyncio.sleep(self._delays.random() * 0.008)
