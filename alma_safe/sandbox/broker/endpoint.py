"""Any OpenAI-compatible endpoint, through the `openai` package.

Key and address stay on this side: what a guest hears of a failure is one of a few fixed
sentences, never the words of the endpoint or of the library. People hear, once and by the
log, that an endpoint is waited for: which one, without what its address says of accounts.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alma_safe.errors import UsageError
from alma_safe.sandbox.broker.asked import ChatRequest, EmbedRequest
from alma_safe.sandbox.broker.model import Answer, ModelDown, Tokens, Vectors, estimate
from alma_safe.text import visible

if TYPE_CHECKING:
    import httpx
    from openai import AsyncOpenAI

_RETRIES = 2
_DEFAULT_URL = "https://api.openai.com/v1"
# Without a handler of anybody's, warnings go to standard error as they are.
_LOG = logging.getLogger(__name__)
_MAX_WIDTH = 8192
_SCHEMA_NAME = "answer"


class EndpointModel:
    """Chat completions and embeddings of one endpoint. Costs what the price table says.

    ``timeout_s``: for an answer, with what is tried again for it. Arguments left out are read
    from ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``. Raises UsageError where no key is to be
    found, or the address is none.

    Source: the API reference of OpenAI, chat completions and embeddings.
    """

    free = False

    def __init__(
        self, *, base_url: str | None = None, api_key: str | None = None, timeout_s: float = 60.0
    ) -> None:
        key = api_key or os.environ.get("OPENAI_API_KEY")
        if not key:
            raise UsageError(
                "no key for the model endpoint",
                hint="set OPENAI_API_KEY (any text for a server that asks for none)",
            )
        self._key = key
        if base_url is None:
            base_url = os.environ.get("OPENAI_BASE_URL") or _DEFAULT_URL
        self._place = _place(base_url)
        self._base_url = base_url
        self._waits = False
        self._timeout_s = timeout_s
        self._plain: set[str] = set()
        self._made: AsyncOpenAI | None = None

    async def chat(self, request: ChatRequest) -> Answer:
        """Ask for one completion; with a schema as structured output where that is offered."""
        structured = request.schema is not None and request.model not in self._plain
        try:
            reply = await self._completion(request, structured=structured)
        except _NotOffered:
            # The endpoint has no structured output for this model: the schema goes as text.
            self._plain.add(request.model)
            reply = await self._completion(request, structured=False)
        try:
            text = reply.choices[0].message.content or ""
            if not isinstance(text, str):
                raise TypeError
        except (TypeError, AttributeError, LookupError):
            raise ModelDown("the model answered something else") from None
        return Answer(text=text, tokens=_tokens(reply.usage, request, text))

    async def embed(self, request: EmbedRequest) -> Vectors:
        """Ask for one vector per text."""
        if not request.texts:
            return Vectors(rows=(), tokens=Tokens())
        reply = await self._asked(
            self._client().embeddings.create(
                model=request.model, input=list(request.texts), encoding_format="float"
            )
        )
        try:
            found = sorted(reply.data, key=lambda row: row.index)
            rows = tuple(array("f", row.embedding) for row in found)
        except (TypeError, AttributeError, ValueError, OverflowError):
            raise ModelDown("the embedding model answered something else") from None
        if len(rows) != len(request.texts) or len({len(row) for row in rows}) != 1:
            raise ModelDown("the embedding model answered another number of vectors")
        if not 0 < len(rows[0]) <= _MAX_WIDTH:
            raise ModelDown("the embedding model answered vectors of an odd width")
        return Vectors(rows=rows, tokens=_tokens(reply.usage, request, ""))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._made is not None:
            await self._made.close()

    @property
    def hint(self) -> str:
        """What to look at where it cannot be asked."""
        return f"see whether {self._place} answers; OPENAI_BASE_URL says which endpoint it is"

    async def _completion(self, request: ChatRequest, *, structured: bool) -> Any:
        messages = [{"role": role, "content": text} for role, text in request.messages]
        options: dict[str, Any] = {"max_completion_tokens": request.max_tokens}
        if request.effort is not None:
            options["reasoning_effort"] = request.effort
        elif request.temperature is not None:
            # Reasoning models take no temperature; for others the design's is passed on.
            options["temperature"] = request.temperature
        if structured:
            options["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": _SCHEMA_NAME, "schema": request.schema, "strict": False},
            }
        elif request.schema is not None:
            messages = _with_schema(messages, request.schema)
        create: Any = self._client().chat.completions.create
        return await self._asked(
            create(model=request.model, messages=messages, **options), structured=structured
        )

    async def _asked(self, call: Any, *, structured: bool = False) -> Any:
        import openai

        try:
            # One time for all tries of the library, which would begin anew for each: an
            # endpoint that hangs is asked once, and whoever asks again knows how long it takes.
            async with asyncio.timeout(self._timeout_s):
                return await call
        except openai.BadRequestError as error:
            if structured:
                raise _NotOffered from error
            raise ModelDown("the model refused the request") from error
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise ModelDown("the model is not open to this host") from error
        except openai.NotFoundError as error:
            raise ModelDown("the model is not known at the endpoint") from error
        except openai.RateLimitError as error:
            raise ModelDown("the model is busy: too many requests") from error
        except (TimeoutError, openai.APITimeoutError) as error:
            self._waited()
            raise ModelDown("the model did not answer in time") from error
        except (openai.OpenAIError, ValueError, TypeError, RecursionError) as error:
            self._waited()
            raise ModelDown("the model is unavailable") from error

    def _client(self) -> AsyncOpenAI:
        if self._made is None:
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient

            self._made = AsyncOpenAI(
                api_key=self._key,
                base_url=self._base_url,
                timeout=self._timeout_s,
                max_retries=_RETRIES,
                http_client=DefaultAsyncHttpxClient(event_hooks={"request": [self._tried]}),
            )
        return self._made

    async def _tried(self, request: httpx.Request) -> None:
        """Told of every try: the library waits between them, and says nothing."""
        if request.headers.get("x-stainless-retry-count", "0") != "0":
            self._waited()

    def _waited(self) -> None:
        """Say, once, that there is no answer yet: until somebody gives up it may take long."""
        if not self._waits:
            self._waits = True
            _LOG.warning("waiting for the endpoint %s ...", self._place)


def _place(url: str) -> str:
    """Scheme, host and port of an address. Raises UsageError for one that is not http(s)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    plain = url.isprintable() and " " not in url
    if not plain or parts.scheme not in ("http", "https") or not host:
        # Whatever stands before an @ may be a password.
        raise UsageError(
            f"the address of the model endpoint is not one: {visible(url.rpartition('@')[2], 100)}",
            hint="give OPENAI_BASE_URL or --base-url as https://HOST/v1",
        )
    host = f"[{host}]" if ":" in host else host
    return visible(f"{parts.scheme}://{host}" + (f":{port}" if port is not None else ""), 200)


class _NotOffered(Exception):
    """The endpoint refused a request for structured output."""


def _with_schema(messages: list[dict[str, str]], schema: Mapping[str, Any]) -> list[dict[str, str]]:
    wish = "Answer with one JSON object and nothing else. It fits this JSON schema:\n"
    return [*messages, {"role": "user", "content": wish + json.dumps(schema)}]


def _tokens(usage: Any, request: ChatRequest | EmbedRequest, answer: str) -> Tokens:
    """What the endpoint counted, or an estimate where it counts nothing."""
    asked = getattr(usage, "prompt_tokens", None)
    answered = getattr(usage, "completion_tokens", 0)
    if isinstance(asked, int) and isinstance(answered, int) and asked >= 0 and answered >= 0:
        return Tokens(input=asked, output=answered)
    texts = request.texts if isinstance(request, EmbedRequest) else [t for _, t in request.messages]
    return Tokens(input=sum(map(estimate, texts)), output=estimate(answer))
