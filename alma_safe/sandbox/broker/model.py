"""What a model is to the broker, and what it gives back."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Protocol

from alma_safe.sandbox.base import CallRefused
from alma_safe.sandbox.broker.asked import ChatRequest, EmbedRequest

_BYTES_PER_TOKEN = 3


class ModelDown(CallRefused):
    """The model cannot be asked now. The message names the kind of outage and nothing else.

    ``status``: of HTTP, where an endpoint gave one; guests do not hear it.
    """

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status

    @property
    def final(self) -> bool:
        """Whether to ask again is of no use: a key, an account, a model that is not there."""
        return self.status in (401, 402, 403, 404)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens of one call, as the model counted them or as :func:`estimate` does."""

    input: int = 0
    output: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.input + self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Text of a chat model; where a schema was asked for, JSON text that is to fit it.

    ``refused``: the model said that it will not answer.
    """

    text: str
    tokens: Tokens
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """One vector of float32 per text, all of one width."""

    rows: tuple[array[float], ...]
    tokens: Tokens


class Model(Protocol):
    """Answers brokered calls. ``free`` says that no call of it is paid for.

    Raises ModelDown for an outage. What else it raises reaches no guest.
    """

    @property
    def free(self) -> bool:
        """Whether budgets of money do not apply."""

    async def chat(self, request: ChatRequest) -> Answer:
        """Answer a conversation."""

    async def embed(self, request: EmbedRequest) -> Vectors:
        """Embed texts, in their order."""

    async def aclose(self) -> None:
        """Release what it holds. May be called again."""


def estimate(text: str) -> int:
    """Tokens that a text is taken for before a model has counted them.

    Three bytes of UTF-8 each: English has some four, so that a reservation is on the
    safe side of the bill.
    """
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return -(-size // _BYTES_PER_TOKEN)
