"""A real HTTP endpoint behind the broker: what it is asked, what its failures tell a guest."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alma_safe.errors import UsageError
from alma_safe.policy import load_policy
from alma_safe.sandbox.broker import Broker, ChatRequest, EmbedRequest, ModelDown, Tokens
from alma_safe.sandbox.broker.endpoint import EndpointModel
from alma_safe.sandbox.broker.tape import RecordingModel
from tests.sandbox import jail
from tests.sandbox.broker.endpoint_server import Answer, Endpoint, completion, counted

KEY = "sk-canary-4f1d9b7a2c6e8035"
ASKED = ChatRequest(model="m", messages=(("system", "s"), ("user", "hi")), max_tokens=64)
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def answers(path: str, body: Any) -> Answer:
    if path.endswith("/embeddings"):
        rows = [
            {"object": "embedding", "index": n, "embedding": [float(len(text)), 0.5]}
            for n, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": 7, "total_tokens": 7}
        # Out of order, as the API allows.
        return 200, {"object": "list", "model": "m", "data": rows[::-1], "usage": usage}
    return completion(json.dumps({"a": body["messages"][-1]["content"]}), counted(12, 34))


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setattr("alma_safe.sandbox.broker.endpoint._RETRIES", 0)
    with Endpoint(answers).serving() as serving:
        yield serving


def ask(endpoint: Endpoint, request: ChatRequest | EmbedRequest, timeout_s: float = 10.0) -> Any:
    async def main() -> Any:
        model = EndpointModel(base_url=endpoint.url, api_key=KEY, timeout_s=timeout_s)
        try:
            if isinstance(request, ChatRequest):
                return await model.chat(request)
            return await model.embed(request)
        finally:
            await model.aclose()

    return asyncio.run(main())


def test_a_chat_goes_out_as_the_policy_grants_it(endpoint):
    answer = ask(endpoint, ASKED)
    assert answer.text == '{"a": "hi"}'
    assert answer.tokens == Tokens(input=12, output=34)
    ((path, headers, body),) = endpoint.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "m", "max_completion_tokens": 64,
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}],
    }  # fmt: skip


def test_effort_temperature_and_schema_are_sent(endpoint):
    ask(endpoint, ChatRequest(model="m", messages=ASKED.messages, temperature=0.5, max_tokens=1))
    ask(endpoint, ChatRequest(model="m", messages=ASKED.messages, effort="low", temperature=0.5,
                              schema=SCHEMA, max_tokens=1))  # fmt: skip
    warm, thinking = (body for _, _, body in endpoint.asked)
    assert warm["temperature"] == 0.5
    assert "temperature" not in thinking
    assert thinking["reasoning_effort"] == "low"
    assert thinking["response_format"]["json_schema"]["schema"] == SCHEMA


def test_an_endpoint_without_structured_output_gets_the_schema_as_text(endpoint):
    def refuses(path: str, body: Any) -> Answer:
        return (400, {"error": {}}) if "response_format" in body else answers(path, body)

    endpoint.answer = refuses

    async def main() -> None:
        model = EndpointModel(base_url=endpoint.url, api_key=KEY)
        request = ChatRequest(model="m", messages=ASKED.messages, schema=SCHEMA, max_tokens=1)
        for _ in range(2):
            assert json.dumps(SCHEMA) in (await model.chat(request)).text.replace('\\"', '"')
        await model.aclose()

    asyncio.run(main())
    # It is asked for once only.
    assert ["response_format" in body for _, _, body in endpoint.asked] == [True, False, False]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("structured", [True, False])
def test_an_endpoint_of_an_older_time_gets_the_limit_by_its_older_name(
    endpoint, status, structured
):
    def refuses(path: str, body: Any) -> Answer:
        if "max_completion_tokens" in body:
            said = f"Unsupported parameter: 'max_completion_tokens' {KEY}"
            return status, {"error": {"message": said}}
        return answers(path, body)

    endpoint.answer = refuses

    async def main() -> None:
        model = EndpointModel(base_url=endpoint.url, api_key=KEY)
        schema = SCHEMA if structured else None
        request = ChatRequest(model="m", messages=ASKED.messages, schema=schema, max_tokens=9)
        for _ in range(2):
            assert (await model.chat(request)).text == '{"a": "hi"}'
        await model.aclose()

    asyncio.run(main())
    assert [body.get("max_tokens") for _, _, body in endpoint.asked] == [None, 9, 9]
    assert all(("response_format" in body) == structured for _, _, body in endpoint.asked)


def test_a_limit_that_is_too_high_is_not_asked_for_by_another_name(endpoint):
    said = "max_completion_tokens is too large: 64"
    endpoint.answer = lambda path, body: (400, {"error": {"message": said}})
    with pytest.raises(ModelDown, match="refused the request"):
        ask(endpoint, ASKED)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    ("status", "told"), [(401, "the key in OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "path")]
)
def test_what_to_look_at_is_told_by_the_status(endpoint, status, told):
    endpoint.answer = lambda path, body: (status, LEAK)

    async def main() -> str:
        model = EndpointModel(base_url=endpoint.url, api_key=KEY)
        with pytest.raises(ModelDown):
            await model.chat(ASKED)
        await model.aclose()
        return model.hint

    hint = asyncio.run(main())
    assert told in hint
    assert KEY not in hint
    assert "inner.example" not in hint


def test_embeddings_come_back_in_the_order_of_the_texts(endpoint):
    vectors = ask(endpoint, EmbedRequest(model="e", texts=("a", "bbb", "cc")))
    assert [row.tolist() for row in vectors.rows] == [[1.0, 0.5], [3.0, 0.5], [2.0, 0.5]]
    assert vectors.tokens == Tokens(input=7)
    assert ask(endpoint, EmbedRequest(model="e", texts=())).rows == ()


def test_tokens_are_estimated_where_nothing_is_counted(endpoint):
    endpoint.answer = lambda path, body: completion("yes yes")
    assert ask(endpoint, ASKED).tokens == Tokens(input=2, output=3)


LEAK = {"error": {"message": f"Incorrect API key {KEY} for http://inner.example/v1", "code": "x"}}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "refused the request"), (422, "refused the request"), (413, "refused the request"),
        (401, "not accept the key"), (402, "paid"), (403, "not open"), (404, "not known"),
        (409, "unavailable"), (429, "busy"), (500, "unavailable"), (503, "unavailable"),
    ],
)  # fmt: skip
def test_a_failure_is_told_in_our_words(endpoint, status, said):
    endpoint.answer = lambda path, body: (status, LEAK)
    for request in (ASKED, EmbedRequest(model="e", texts=("a",))):
        with pytest.raises(ModelDown, match=said) as caught:
            ask(endpoint, request)
        assert caught.value.status == status
        for secret in (KEY, "example", "127.0.0.1"):
            assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"[" * 100_000, b"\xff\xfe", {}, [], 7, None, {"choices": []},
        {"choices": [{"message": {"content": ["a"]}}]}, {"data": []}, {"data": [{"index": 0}]},
        {"data": [{"index": 0, "embedding": ["a"]}]}, {"data": [{"index": 0, "embedding": []}]},
        {"data": [{"index": 0, "embedding": [0.0] * 9000}]},
        {"data": [{"index": 0, "embedding": [1e999]}, {"index": 1, "embedding": [1.0]}]},
    ],
)  # fmt: skip
def test_nonsense_of_the_endpoint_is_an_outage(endpoint, body):
    endpoint.answer = lambda path, asked: (200, body)
    with pytest.raises(ModelDown):
        ask(endpoint, ASKED)
    with pytest.raises(ModelDown):
        ask(endpoint, EmbedRequest(model="e", texts=("a",)))


def test_an_endpoint_that_hangs_or_is_gone_is_an_outage(endpoint):
    endpoint.delay_s = 1.0
    with pytest.raises(ModelDown, match="in time"):
        ask(endpoint, ASKED, timeout_s=0.2)
    endpoint.url = "http://127.0.0.1:1/v1"
    with pytest.raises(ModelDown, match="unavailable"):
        ask(endpoint, ASKED)


def test_what_hangs_is_asked_once_and_what_fails_is_asked_again(endpoint, monkeypatch):
    monkeypatch.setattr("alma_safe.sandbox.broker.endpoint._RETRIES", 2)
    endpoint.delay_s = 1.5
    with pytest.raises(ModelDown, match="in time"):
        ask(endpoint, ASKED, timeout_s=0.3)
    assert len(endpoint.asked) == 1
    endpoint.delay_s, endpoint.answer = 0.0, lambda path, asked: (503, {})
    with pytest.raises(ModelDown, match="unavailable"):
        ask(endpoint, ASKED, timeout_s=30.0)
    assert len(endpoint.asked) == 1 + 3


def test_a_key_is_asked_for(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UsageError, match="no key") as caught:
        EndpointModel(base_url="http://127.0.0.1:1/v1")
    assert "OPENAI_API_KEY" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    ["foo", "", "127.0.0.1:1", "ftp://x/v1", "http://", "http:///v1", "http://[::1", "http://x:y/v1",
     "http://x:99999/v1", "http://a b/v1", "http://x\n/v1", "user:hidden@x"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_what_may_be_a_password(url):
    with pytest.raises(UsageError, match="address of the model endpoint") as caught:
        EndpointModel(base_url=url, api_key=KEY)
    assert "OPENAI_BASE_URL" in caught.value.hint
    assert "hidden" not in caught.value.message


def test_the_address_of_the_environment_is_checked_and_an_empty_one_is_none(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "foo")
    with pytest.raises(UsageError, match="foo"):
        EndpointModel(api_key=KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert "https://api.openai.com" in EndpointModel(api_key=KEY).hint


def test_people_hear_once_which_endpoint_is_waited_for_and_no_secret(endpoint, caplog):
    endpoint.url = "http://me:hidden@127.0.0.1:1/v1?token=hidden"

    async def main() -> None:
        model = EndpointModel(base_url=endpoint.url, api_key=KEY)
        for _ in range(2):
            with pytest.raises(ModelDown):
                await model.chat(ASKED)
        await model.aclose()

    asyncio.run(main())
    ours = [each.getMessage() for each in caplog.records if "alma_safe" in each.name]
    assert ours == ["waiting for the endpoint http://127.0.0.1:1 ..."]


def test_the_first_try_that_fails_is_told_while_others_follow(caplog, monkeypatch):
    monkeypatch.setattr("alma_safe.sandbox.broker.endpoint._RETRIES", 1)
    refused = [(500, {})]
    told = []

    def second(path: str, body: Any) -> Answer:
        if refused:
            return refused.pop()
        told.extend(each.getMessage() for each in caplog.records if "alma_safe" in each.name)
        return answers(path, body)

    with Endpoint(second).serving() as serving:
        assert ask(serving, ASKED).text == '{"a": "hi"}'
    assert told == [f"waiting for the endpoint {serving.url.removesuffix('/v1')} ..."]


PRYING = """
import gc, traceback
from utils.hire_agent import Agent, Embedding
from almaguest import bridge
"""
PRIES = """
found = []
for call in (
    lambda: Agent("be brief", model="gpt-4.1").ask("what is your key and address?"),
    lambda: Agent("", {"a": {"$ref": "file:///proc/self/environ"}}).ask("fill this"),
    lambda: Embedding().get_batch_embeddings(["one", "two"]),
    lambda: bridge.current().call("chat", {"messages": "a", "base_url": "http://127.0.0.1/"}),
    lambda: bridge.current().call("chat", {"messages": "a", "headers": {}}),
    lambda: bridge.current().call("environ", {}),
):
    try:
        found.append(repr(await call()))
    except Exception as error:
        found.append("".join(traceback.format_exception(error)))
reachable = []
for held in gc.get_objects():
    if isinstance(held, dict):
        reachable += [value for value in held.values() if isinstance(value, str)]
here = dict(os.environ)
files = [os.path.join(at, name) for at, _, names in os.walk("/proc/self") for name in names][:200]
return {"found": found, "environ": here, "held": " ".join(reachable)[:4_000_000], "files": files}
"""


@pytest.mark.parametrize("status", [200, 401])
def test_no_key_or_address_reaches_a_guest_a_tape_or_a_transcript(
    every_backend, endpoint, status, tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    if status != 200:
        endpoint.answer = lambda path, body: (status, LEAK)
    policy = load_policy()

    async def main() -> tuple[Any, Any]:
        endpoint_model = EndpointModel()
        model = RecordingModel(endpoint_model, tmp_path / "tape.jsonl")
        broker = Broker(policy.broker, model, prices=policy.price_table)
        source = jail.design(module=PRYING, retrieve=PRIES)
        async with jail.guest(source, broker=broker) as session:
            await jail.ready(session)
            said = (await jail.retrieve(session))["result"]
        model.close()
        await endpoint_model.aclose()
        return said, broker.to_json()

    said, transcript = asyncio.run(main())
    # The positive arm: the endpoint was asked, with the key.
    assert [headers["authorization"] for _, headers, _ in endpoint.asked] == [f"Bearer {KEY}"] * 3
    assert {body["model"] for _, _, body in endpoint.asked} == {
        "gpt-4o-mini", "text-embedding-3-small",
    }  # fmt: skip
    if status == 200:
        assert "what is your key and address?" in said["found"][0]
    port = endpoint.url.rpartition(":")[2].partition("/")[0]
    for text in (
        json.dumps(said),
        json.dumps(transcript),
        (tmp_path / "tape.jsonl").read_text(),
    ):
        for secret in (KEY, f"127.0.0.1:{port}", "inner.example", "Bearer"):
            assert secret not in text
    assert os.stat(tmp_path / "tape.jsonl").st_mode & 0o077 == 0
