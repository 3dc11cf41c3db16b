from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alma_safe.domains.agents.base import Spent
from alma_safe.domains.agents.llm import LlmAgent
from alma_safe.domains.base import View
from alma_safe.domains.lost import AgentDown
from alma_safe.policy import Price
from alma_safe.sandbox.broker.endpoint import EndpointModel
from tests.sandbox.broker.endpoint_server import Endpoint, Script, completion, counted

DOORS = ("open red door", "open green door")
START = View(fields={}, text="You see two doors.", goal="Find the treasure.", choices=DOORS)


@pytest.fixture
def served() -> Iterator[Callable[..., Endpoint]]:
    with contextlib.ExitStack() as stack:
        yield lambda *answers: stack.enter_context(Endpoint(Script(*answers)).serving())


def played(
    endpoint: Endpoint,
    *,
    memory: Any = None,
    steps: int = 1,
    timeout_s: float = 5.0,
    **options: Any,
) -> tuple[list[str], Spent]:
    async def go() -> tuple[list[str], Spent]:
        model = EndpointModel(base_url=endpoint.url, api_key="sk-canary", timeout_s=timeout_s)
        model._client().max_retries = 0
        agent = LlmAgent(
            model=model,
            model_name="m",
            effort=None,
            prompt="Open doors.",
            price=Price(input=1.0, output=2.0),
            patience_s=0.01,
            **options,
        )
        player = agent.player(memory or {}, START, seed=1)
        try:
            return [await player.act(START) for _ in range(steps)], player.spent
        finally:
            await model.aclose()

    return asyncio.run(go())


def messages(endpoint: Endpoint, number: int = -1) -> list[dict[str, str]]:
    found: list[dict[str, str]] = endpoint.asked[number][2]["messages"]
    return found


def test_rules_memory_and_turns_are_asked_with_and_paid_for(
    served: Callable[..., Endpoint],
) -> None:
    endpoint = served(completion("open red door", counted(100, 5)))
    actions, spent = played(endpoint, memory={"advice": ["prefer: green"]}, steps=2)
    assert actions == ["open red door"] * 2
    system, first, answer, second = messages(endpoint)
    assert system["content"].startswith("Open doors.")
    assert '{"advice": ["prefer: green"]}' in system["content"]
    assert first["content"] == "Your goal: Find the treasure.\n\nYou see two doors."
    assert (answer["role"], answer["content"]) == ("assistant", "open red door")
    assert second["content"] == "You see two doors."
    assert (spent.calls, spent.input_tokens, spent.output_tokens) == (2, 200, 10)
    assert spent.usd == pytest.approx(220e-6)


def test_without_a_memory_nothing_is_said_of_one(served: Callable[..., Endpoint]) -> None:
    endpoint = served(completion("open red door"))
    played(endpoint)
    assert messages(endpoint)[0]["content"] == "Open doors."


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("open green door", "open green door"),
        ("  `Open green door`\n", "open green door"),
        ("I think the green one.\nAction: open green door", "open green door"),
        ("open green door\nbecause it is green", "open green door"),
        ("dance", "dance"),
        ("x" * 5_000, "x" * 256),
    ],
)
def test_action_is_found_in_the_answer(
    served: Callable[..., Endpoint], text: str, action: str
) -> None:
    assert played(served(completion(text)))[0] == [action]


@pytest.mark.parametrize("empty", ["", "  \n", None])
def test_empty_answer_is_asked_for_once_more(served: Callable[..., Endpoint], empty: Any) -> None:
    endpoint = served(completion(empty), completion("open green door"))
    assert played(endpoint)[0] == ["open green door"]
    assert len(endpoint.asked) == 2
    still = served(completion(empty))
    assert played(still)[0] == [""]


@pytest.mark.parametrize(
    "trouble", [(429, {}), (500, {}), (503, b"busy"), (200, b"no JSON"), (200, {"choices": []})]
)
def test_trouble_that_passes_is_waited_for(
    served: Callable[..., Endpoint], trouble: tuple[int, Any]
) -> None:
    endpoint = served(trouble, trouble, completion("open green door"))
    assert played(endpoint)[0] == ["open green door"]


@pytest.mark.parametrize("trouble", [(429, {}), (401, {}), (500, {}), (200, b"no JSON")])
def test_trouble_that_stays_loses_the_episode_and_no_key(
    served: Callable[..., Endpoint], trouble: tuple[int, Any]
) -> None:
    with pytest.raises(AgentDown) as caught:
        played(endpoint := served(trouble))
    assert "canary" not in caught.value.message
    assert trouble[0] != 401 or len(endpoint.asked) == 1


def test_slow_answer_loses_the_episode_in_time(served: Callable[..., Endpoint]) -> None:
    endpoint = served(completion("open green door"))
    endpoint.delay_s = 3.0
    with pytest.raises(AgentDown, match=r"within 0\.3 s"):
        played(endpoint, step_timeout_s=0.3)


def test_conversation_that_is_too_long_loses_its_oldest_turns(
    served: Callable[..., Endpoint],
) -> None:
    def limited(path: str, body: Any) -> Any:
        long = len(body["messages"]) > 6
        error = {"error": {"message": "context length", "code": "context_length_exceeded"}}
        return (400, error) if long else completion("open red door")

    endpoint = served(completion(""))
    endpoint.answer = limited
    actions, _ = played(endpoint, steps=12)
    assert actions == ["open red door"] * 12
    assert messages(endpoint)[0]["role"] == "system"


def test_the_same_again_is_answered_from_what_was_kept(
    served: Callable[..., Endpoint], tmp_path: Path
) -> None:
    endpoint = served(completion("open red door", counted(10, 1)))
    first = played(endpoint, answers=tmp_path, steps=2)
    asked = len(endpoint.asked)
    again = played(endpoint, answers=tmp_path, steps=2)
    assert again[0] == first[0]
    assert len(endpoint.asked) == asked
    assert again[1] == Spent()


def test_broken_file_of_an_answer_is_asked_for_anew(
    served: Callable[..., Endpoint], tmp_path: Path
) -> None:
    endpoint = served(completion("open red door"))
    played(endpoint, answers=tmp_path)
    for path in tmp_path.iterdir():
        path.write_text("{")
    assert played(endpoint, answers=tmp_path)[0] == ["open red door"]
    for path in tmp_path.iterdir():
        path.unlink()
        os.mkfifo(path)
    assert played(endpoint, answers=tmp_path)[0] == ["open red door"]
