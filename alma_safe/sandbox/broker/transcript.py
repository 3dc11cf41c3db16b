"""What a report keeps of brokered calls: counts of all, texts of the first few."""

from __future__ import annotations

from collections import Counter
from typing import Any

from alma_safe.policy import BrokerPolicy
from alma_safe.sandbox.broker.asked import ChatRequest, EmbedRequest
from alma_safe.sandbox.broker.model import Tokens
from alma_safe.text import visible


class Transcript:
    """Counts, and excerpts that are bounded in number and length and safe to show."""

    def __init__(self, policy: BrokerPolicy) -> None:
        self._entries = policy.transcript_entries
        self._chars = policy.transcript_chars
        self._kept: list[dict[str, Any]] = []
        self._models: Counter[str] = Counter()
        self.answered = self.refused = self.outages = 0
        self.input_tokens = self.output_tokens = 0
        self.usd = 0.0

    def answer(
        self, request: ChatRequest | EmbedRequest, answer: str, tokens: Tokens, usd: float
    ) -> None:
        """Note a call that was answered."""
        self.answered += 1
        self._models[request.model] += 1
        self.input_tokens += tokens.input
        self.output_tokens += tokens.output
        self.usd += usd
        if self._room:
            self._keep(
                request,
                answered=visible(answer, self._chars),
                tokens=[tokens.input, tokens.output],
            )

    def refusal(self, request: ChatRequest | EmbedRequest | None, reason: str) -> None:
        """Note a call that was refused."""
        self.refused += 1
        if self._room:
            self._keep(request, refused=visible(reason, self._chars))

    def outage(self, request: ChatRequest | EmbedRequest, reason: str) -> None:
        """Note a call that the model did not answer."""
        self.outages += 1
        if self._room:
            self._keep(request, outage=visible(reason, self._chars))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, the same for the same calls."""
        return {
            "answered": self.answered,
            "refused": self.refused,
            "outages": self.outages,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "usd": round(self.usd, 6),
            "models": dict(sorted(self._models.items())),
            "transcript": list(self._kept),
        }

    @property
    def _room(self) -> bool:
        return len(self._kept) < self._entries

    def _keep(self, request: ChatRequest | EmbedRequest | None, **came: Any) -> None:
        entry: dict[str, Any] = {"kind": "unknown"}
        if isinstance(request, ChatRequest):
            last = request.messages[-3:]
            asked = [f"{role}: {visible(text, self._chars)}" for role, text in last]
            entry = {"kind": "chat", "model": request.model, "asked": asked}
        elif request is not None:
            asked = [visible(text, self._chars) for text in request.texts[:3]]
            entry = {
                "kind": "embed", "model": request.model,
                "texts": len(request.texts), "asked": asked,
            }  # fmt: skip
        self._kept.append({**entry, **came})
