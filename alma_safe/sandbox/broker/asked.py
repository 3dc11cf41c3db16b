"""A guest's payload -> a request, or a refusal. Nothing in it is believed or looked up.

Only text crosses: no files, no addresses, no options beyond the few that are named here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alma_safe.policy import BrokerPolicy
from alma_safe.sandbox.base import CallRefused
from alma_safe.sandbox.broker.schema import plain_schema
from alma_safe.text import visible

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
"""What ``model/effort`` and ``reasoning_effort`` may say."""

_CHAT_KEYS = frozenset({"model", "messages", "schema", "temperature", "reasoning_effort"})
_EMBED_KEYS = frozenset({"model", "texts"})
_ROLES = ("system", "developer", "user", "assistant")
_MAX_MODEL_CHARS = 100
_MAX_TEXTS = 2048
"""What endpoints take at once. Each text costs the host a vector, an empty one as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A conversation for a model: ``messages`` are pairs of role and text.

    ``schema`` is a JSON schema without references, or None for free text.
    """

    model: str
    messages: tuple[tuple[str, str], ...]
    schema: Mapping[str, Any] | None = None
    effort: str | None = None
    temperature: float | None = None
    max_tokens: int = 0

    @property
    def chars(self) -> int:
        """Characters of all messages."""
        return sum(len(text) for _, text in self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedRequest:
    """Texts for an embedding model."""

    model: str
    texts: tuple[str, ...]

    @property
    def chars(self) -> int:
        """Characters of all texts."""
        return sum(map(len, self.texts))


def request_of(
    kind: str, payload: Mapping[str, Any], policy: BrokerPolicy
) -> ChatRequest | EmbedRequest:
    """Read one call. Raises CallRefused for what the broker does not offer."""
    if kind == "embed":
        _only(payload, _EMBED_KEYS)
        texts = payload.get("texts")
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise CallRefused("texts must be a list of strings")
        if len(texts) > _MAX_TEXTS:
            raise CallRefused(f"texts must be at most {_MAX_TEXTS} in one call")
        model, _ = _model(payload.get("model"), dict(policy.embeddings))
        return EmbedRequest(model=model, texts=tuple(texts))
    if kind == "chat":
        _only(payload, _CHAT_KEYS)
        model, effort = _model(payload.get("model"), dict(policy.models))
        schema = payload.get("schema")
        return ChatRequest(
            model=model,
            messages=_messages(payload.get("messages")),
            schema=None if schema is None else plain_schema(schema),
            effort=effort or _effort(payload.get("reasoning_effort")),
            temperature=_temperature(payload.get("temperature")),
            max_tokens=policy.max_output_tokens,
        )
    raise CallRefused("unknown kind of call: chat and embed are offered")


def split_effort(name: str) -> tuple[str, str | None]:
    """Part ``model/effort``; a name whose last part is no effort is a model's name whole."""
    model, _, effort = name.rpartition("/")
    return (model, effort) if model and effort in EFFORTS else (name, None)


def _only(payload: Mapping[str, Any], known: frozenset[str]) -> None:
    for key in payload:
        if key not in known:
            raise CallRefused(f"unknown key {visible(str(key), 40)}: {', '.join(sorted(known))}")


def _model(asked: Any, mapping: Mapping[str, str]) -> tuple[str, str | None]:
    """Map the name that a design wrote to the model and effort that the policy grants."""
    name = asked if isinstance(asked, str) else ""
    granted = mapping.get(name) or mapping.get(split_effort(name)[0]) or mapping.get("*")
    if granted is None:
        raise CallRefused(f"the model {visible(name, _MAX_MODEL_CHARS)} is not offered")
    return split_effort(granted)


def _effort(asked: Any) -> str | None:
    if asked is None:
        return None
    if asked not in EFFORTS:
        raise CallRefused(f"reasoning_effort must be one of {', '.join(EFFORTS)}")
    return str(asked)


def _temperature(asked: Any) -> float | None:
    if asked is None:
        return None
    if isinstance(asked, bool) or not isinstance(asked, int | float) or not math.isfinite(asked):
        raise CallRefused("temperature must be a number")
    if not 0 <= asked <= 2:
        raise CallRefused("temperature must lie between 0 and 2")
    return float(asked)


def _messages(value: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        return (("user", value),)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise CallRefused("messages must be a list of objects with role and content")
    return tuple(_message(entry) for entry in value)


def _message(entry: Mapping[str, Any]) -> tuple[str, str]:
    _only(entry, frozenset({"role", "content"}))
    role = entry.get("role", "user")
    if role not in _ROLES:
        raise CallRefused(f"role must be one of {', '.join(_ROLES)}")
    return role, _text(entry.get("content"))


def _text(content: Any) -> str:
    """The text of a message; of parts, only text parts are taken."""
    if isinstance(content, list) and any(isinstance(part, dict) for part in content):
        return "\n".join(map(_part, content))
    return content if isinstance(content, str) else str(content)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict) or part.get("type") != "text" or part.keys() != {"type", "text"}:
        raise CallRefused("only text can be sent: no files, images or addresses")
    return str(part["text"])
