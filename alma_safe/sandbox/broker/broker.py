"""Between a guest and a model: reads, bounds, pays, answers, remembers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Mapping
from typing import Any

from alma_safe.policy import BrokerPolicy, Price, PriceTable
from alma_safe.sandbox.base import CallRefused
from alma_safe.sandbox.broker.account import Account, Amount, BudgetSpent, Episodes, Hold
from alma_safe.sandbox.broker.asked import ChatRequest, EmbedRequest, request_of
from alma_safe.sandbox.broker.model import Model, ModelDown, Tokens, estimate
from alma_safe.sandbox.broker.transcript import Transcript

_MESSAGE_TOKENS = 4
"""What a chat model adds to each message."""

_FREE = Price(input=0.0, output=0.0)


class Broker:
    """Answers the brokered calls of one session; see :class:`alma_safe.sandbox.base.Session`.

    ``account`` is shared by the sessions of one run; without one this session is the run.
    A model that costs money is asked only for models that ``prices`` lists.
    """

    def __init__(
        self,
        policy: BrokerPolicy,
        model: Model,
        *,
        account: Account | None = None,
        prices: PriceTable | None = None,
    ) -> None:
        self._policy = policy
        self._model = model
        self._account = account or Account(policy)
        self._prices = prices or {}
        self._episodes = Episodes(policy)
        self._transcript = Transcript(policy)
        self.calls = 0
        self.chat_calls = 0
        self.chars = 0
        self.chat_chars = 0

    def serving(self, episodes: int) -> contextlib.AbstractContextManager[None]:
        """Say that so many calls of the design are being served: each has its budget."""
        return self._episodes.serving(episodes)

    def to_json(self) -> dict[str, Any]:
        """What was answered, refused and spent, and the first calls in excerpts."""
        return self._transcript.to_json()

    async def __call__(self, kind: str, payload: Mapping[str, Any]) -> Any:
        """Answer one call. Raises CallRefused for what the design may not have."""
        self.calls += 1
        self.chat_calls += kind == "chat"
        try:
            request = request_of(kind, payload, self._policy)
        except CallRefused as refused:
            self._transcript.refusal(None, str(refused))
            raise
        try:
            return await self._answer(request)
        except ModelDown as down:
            self._transcript.outage(request, str(down))
            raise
        except CallRefused as refused:
            self._transcript.refusal(request, str(refused))
            raise
        except Exception as error:
            self._transcript.outage(request, type(error).__name__)
            raise

    async def _answer(self, request: ChatRequest | EmbedRequest) -> Any:
        chars = request.chars
        self.chars += chars
        if isinstance(request, ChatRequest):
            self.chat_chars += chars
        if chars > self._policy.max_call_chars:
            raise BudgetSpent(f"one call may send {self._policy.max_call_chars} characters")
        price = self._price(request.model)
        expected = _expected(request)
        # A call that fails may be billed all the same: its reservation stays spent.
        spent = _amount(expected, price)
        hold = Hold((self._episodes.current, self._account.run), spent)
        try:
            async with self._account.slots, asyncio.timeout(self._policy.timeout_s):
                if isinstance(request, ChatRequest):
                    answer = await self._model.chat(request)
                    text, tokens = answer.text[: self._policy.max_call_chars], answer.tokens
                    value: Any = text
                else:
                    vectors = await self._model.embed(request)
                    tokens = vectors.tokens
                    width = len(vectors.rows[0]) if vectors.rows else 0
                    flat = b"".join(row.tobytes() for row in vectors.rows)
                    value = {"width": width, "data": base64.b64encode(flat).decode("ascii")}
                    text = f"{len(vectors.rows)} x {width}"
            spent = _amount(tokens, price)
        except TimeoutError:
            raise ModelDown("the model did not answer in time") from None
        finally:
            hold.settle(spent)
        self._transcript.answer(request, text, tokens, spent.usd)
        return value

    def _price(self, model: str) -> Price:
        if self._model.free:
            return _FREE
        price = self._prices.get(model)
        if price is None:
            raise BudgetSpent("the model that the policy grants has no price in the price table")
        return price


def _expected(request: ChatRequest | EmbedRequest) -> Tokens:
    if isinstance(request, EmbedRequest):
        return Tokens(input=sum(map(estimate, request.texts)))
    asked = sum(estimate(text) + _MESSAGE_TOKENS for _, text in request.messages)
    return Tokens(input=asked, output=request.max_tokens)


def _amount(tokens: Tokens, price: Price) -> Amount:
    usd = (tokens.input * price.input + tokens.output * price.output) / 1e6
    return Amount(calls=1, tokens=tokens.total, usd=usd)
