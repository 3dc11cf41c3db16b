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
import re
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
    from openai import APIStatusError, AsyncOpenAI

REFUSED = "the model refused the request"
_RETRIES = 2
_DEFAULT_URL = "https://api.openai.com/v1"
# Without a handler of anybody's, warnings go to standard error as they are.
_LOG = logging.getLogger(__name__)
_MAX_WIDTH = 8192
_SCHEMA_NAME = "answer"
_LIMIT, _FORMAT = "max_completion_tokens", "response_format"
_PASSING = (408, 409, 425, 429)
"""What a client is told though another try may succeed."""
_UNKNOWN = re.compile(
    "unsupported|not supported|unknown|unrecognized|unexpected|extra", re.IGNORECASE
)


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
        self._older: set[str] = set()
        self._status = 0
        self._made: AsyncOpenAI | None = None

    async def chat(self, request: ChatRequest) -> Answer:
        """Ask for one completion; with a schema as structured output where that is offered."""
        reply = await self._offered(request)
        try:
            message = reply.choices[0].message
            text = message.content or ""
            if not isinstance(text, str):
                raise TypeError
        except (TypeError, AttributeError, LookupError):
            raise ModelDown("the model answered something else") from None
        refused = not text and bool(getattr(message, "refusal", None))
        return Answer(text=text, tokens=_tokens(reply.usage, request, text), refused=refused)

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
        by_status = {
            401: f"{self._place} does not accept the key in OPENAI_API_KEY",
            402: f"{self._place} wants the account of the key in OPENAI_API_KEY to be paid for",
            403: f"{self._place} does not open this model to the key in OPENAI_API_KEY",
            404: f"see whether {self._place} has this model, and at this path",
        }
        told = by_status.get(self._status, f"see whether {self._place} answers")
        return f"{told}; --base-url or OPENAI_BASE_URL says which endpoint it is"

    async def _offered(self, request: ChatRequest) -> Any:
        """Ask as the API is, then without what the endpoint does not have for this model."""
        while True:
            structured = request.schema is not None and request.model not in self._plain
            try:
                return await self._completion(request, structured=structured)
            except _NotOffered as error:
                # Each of them is left out once and for all: the schema then goes as text.
                (self._older if error.option == _LIMIT else self._plain).add(request.model)

    async def _completion(self, request: ChatRequest, *, structured: bool) -> Any:
        messages = [{"role": role, "content": text} for role, text in request.messages]
        limit = "max_tokens" if request.model in self._older else _LIMIT
        options: dict[str, Any] = {limit: request.max_tokens}
        if request.effort is not None:
            options["reasoning_effort"] = request.effort
        elif request.temperature is not None:
            # Reasoning models take no temperature; for others the design's is passed on.
            options["temperature"] = request.temperature
        if structured:
            options[_FORMAT] = {
                "type": "json_schema",
                "json_schema": {"name": _SCHEMA_NAME, "schema": request.schema, "strict": False},
            }
        elif request.schema is not None:
            messages = _with_schema(messages, request.schema)
        create: Any = self._client().chat.completions.create
        return await self._asked(create(model=request.model, messages=messages, **options), options)

    async def _asked(self, call: Any, options: Mapping[str, Any] | None = None) -> Any:
        import openai

        try:
            # One time for all tries of the library, which would begin anew for each: an
            # endpoint that hangs is asked once, and whoever asks again knows how long it takes.
            async with asyncio.timeout(self._timeout_s):
                return await call
        except openai.APIStatusError as error:
            self._status = error.status_code
            raise self._down(error, options or {}) from error
        except (TimeoutError, openai.APITimeoutError) as error:
            self._waited()
            raise ModelDown("the model did not answer in time") from error
        except (openai.OpenAIError, ValueError, TypeError, RecursionError) as error:
            self._waited()
            raise ModelDown("the model is unavailable") from error

    def _down(self, error: APIStatusError, options: Mapping[str, Any]) -> Exception:
        """What a status of the endpoint comes to."""
        status = error.status_code
        by_status = {
            401: "the endpoint does not accept the key",
            402: "the endpoint wants to be paid first",
            403: "the model is not open to this key",
            404: "the model is not known at the endpoint",
            429: "the model is busy: too many requests",
        }
        if status in by_status:
            return ModelDown(by_status[status], status=status)
        if 400 <= status < 500 and status not in _PASSING:
            # What the server says is looked at for this alone, and told to nobody.
            said = str(error.message)
            if _LIMIT in options and _LIMIT in said and _UNKNOWN.search(said):
                return _NotOffered(_LIMIT)
            return _NotOffered(_FORMAT) if _FORMAT in options else ModelDown(REFUSED, status=status)
        self._waited()
        return ModelDown("the model is unavailable", status=status)

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
    """The endpoint refused a request for something in it that it does not have."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


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
