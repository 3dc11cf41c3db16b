"""Budgets of calls, tokens and money hold, also between calls that run at the same time."""

from __future__ import annotations

import asyncio
import json
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.policy import BrokerPolicy, Price
from alma_safe.sandbox.broker import (
    Account,
    Answer,
    Broker,
    BudgetSpent,
    ChatRequest,
    EmbedRequest,
    LocalModel,
    ModelDown,
    Tokens,
    Vectors,
)
from alma_safe.sandbox.broker.account import Amount, Budget, Hold
from tests.sandbox import jail


def limits(**values: Any) -> BrokerPolicy:
    return jail.policy(broker={"episode_usd": 1e9, "run_usd": 1e9, **values}).broker


TAKEN = Tokens(input=10, output=5)


class Counting:
    """A model that costs money and says how many tokens it took."""

    free = False

    def __init__(self, tokens: Tokens = TAKEN, wait_s: float = 0.0) -> None:
        self.tokens = tokens
        self.wait_s = wait_s
        self.asked: list[ChatRequest | EmbedRequest] = []
        self.busy = self.peak = 0
        self.error: Exception | None = None

    async def chat(self, request: ChatRequest) -> Answer:
        await self._work(request)
        return Answer(text="fine", tokens=self.tokens)

    async def embed(self, request: EmbedRequest) -> Vectors:
        await self._work(request)
        return Vectors(rows=tuple(array("f", [1.0]) for _ in request.texts), tokens=self.tokens)

    async def _work(self, request: ChatRequest | EmbedRequest) -> None:
        self.asked.append(request)
        self.busy += 1
        self.peak = max(self.peak, self.busy)
        try:
            await asyncio.sleep(self.wait_s)
            if self.error is not None:
                raise self.error
        finally:
            self.busy -= 1


PRICES = {"gpt-4o-mini": Price(input=100_000.0, output=200_000.0)}
CHAT = {"messages": [{"role": "user", "content": "hello"}]}


async def asks(broker: Broker, count: int, payload: dict[str, Any] = CHAT) -> list[Any]:
    """What each of so many calls at the same time came to."""
    calls = [broker("chat", payload) for _ in range(count)]
    return await asyncio.gather(*calls, return_exceptions=True)


def spent(outcomes: list[Any]) -> list[str]:
    return [str(outcome) for outcome in outcomes if isinstance(outcome, BudgetSpent)]


def test_calls_over_the_budget_of_the_run_are_refused_and_counted():
    model = Counting()
    broker = Broker(limits(run_calls=3), model, prices={"gpt-4o-mini": Price(input=0, output=0)})
    outcomes = asyncio.run(asks(broker, 5))
    assert spent(outcomes) == ["the budget of one run is spent: 3 calls"] * 2
    assert len(model.asked) == 3
    assert (broker.calls, broker.chat_calls, broker.chat_chars) == (5, 5, 25)


def test_one_call_may_not_send_too_much():
    broker = Broker(limits(max_call_chars=4), LocalModel())
    with pytest.raises(BudgetSpent, match="one call may send 4 characters"):
        asyncio.run(broker("embed", {"texts": ["abc", "de"]}))


def test_concurrent_calls_cannot_each_take_the_last_of_a_budget():
    # Each reserves 2 + 4 tokens of question and 94 of answer.
    model = Counting(Tokens(input=6, output=94), wait_s=0.01)
    broker = Broker(
        limits(run_tokens=350, max_output_tokens=94),
        model,
        prices={"gpt-4o-mini": Price(input=0, output=0)},
    )
    assert (
        spent(asyncio.run(asks(broker, 10))) == ["the budget of one run is spent: 350 tokens"] * 7
    )
    assert len(model.asked) == 3


def test_what_was_reserved_too_much_is_given_back():
    async def main() -> int:
        account = Account(limits(run_tokens=1000, max_output_tokens=900))
        model = Counting(Tokens(input=1, output=9))
        broker = Broker(limits(max_output_tokens=900), model, account=account, prices=PRICES)
        for _ in range(9):
            await broker("chat", CHAT)
        return account.run.used.tokens

    assert asyncio.run(main()) == 90


def test_money_is_reserved_at_the_price_of_the_longest_answer():
    # 6 tokens in and 10 out: 0.6 + 2 USD reserved, 1 + 1 spent.
    model = Counting(Tokens(input=10, output=5), wait_s=0.01)
    policy = limits(run_usd=5.5, episode_usd=100.0, max_output_tokens=10)
    broker = Broker(policy, model, prices=PRICES)
    assert len(spent(asyncio.run(asks(broker, 3)))) == 1
    assert broker.to_json()["usd"] == 4.0
    assert spent(asyncio.run(asks(broker, 1))) == ["the budget of one run is spent: 5.5 USD"]


def test_a_model_without_a_price_is_not_asked():
    model = Counting()
    broker = Broker(limits(), model, prices={"another": Price(input=0, output=0)})
    with pytest.raises(BudgetSpent, match="no price"):
        asyncio.run(broker("chat", CHAT))
    assert model.asked == []


def test_a_failed_call_keeps_its_reservation_spent():
    async def main() -> Amount:
        account = Account(limits())
        model = Counting()
        model.error = ConnectionError("https://secret.example/key")
        broker = Broker(limits(max_output_tokens=10), model, account=account, prices=PRICES)
        with pytest.raises(ConnectionError):
            await broker("chat", CHAT)
        assert "secret" not in json.dumps(broker.to_json())
        return account.run.used

    used = asyncio.run(main())
    assert (used.calls, used.tokens) == (1, 16)
    assert used.usd == pytest.approx(2.6)


def test_a_cancelled_call_keeps_its_reservation_and_frees_its_slot():
    async def main() -> None:
        account = Account(limits(concurrency=1))
        broker = Broker(limits(), Counting(wait_s=60.0), account=account, prices=PRICES)
        call = asyncio.create_task(broker("chat", CHAT))
        await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert account.run.used.calls == 1
        assert not account.slots.locked()

    asyncio.run(main())


def test_a_model_that_does_not_answer_is_given_up():
    broker = Broker(limits(timeout_s=0.05), Counting(wait_s=60.0), prices=PRICES)
    with pytest.raises(ModelDown, match="in time"):
        asyncio.run(broker("chat", CHAT))
    assert broker.to_json()["outages"] == 1


def test_brokers_of_one_run_share_its_budget_and_its_cap():
    async def main() -> tuple[list[Any], int]:
        policy = limits(concurrency=2, run_calls=10)
        account, model = Account(policy), Counting(wait_s=0.005)
        brokers = [Broker(policy, model, account=account, prices=PRICES) for _ in range(3)]
        found = await asyncio.gather(*(asks(broker, 5) for broker in brokers))
        return [outcome for outcomes in found for outcome in outcomes], model.peak

    outcomes, peak = asyncio.run(main())
    assert len(spent(outcomes)) == 5
    assert peak == 2


def test_an_episode_has_its_own_budget_and_the_next_one_anew():
    async def main() -> None:
        broker = Broker(limits(episode_calls=2), LocalModel())
        for _ in range(3):
            with broker.serving(1):
                assert len(spent(await asks(broker, 3))) == 1

    asyncio.run(main())


def test_episodes_at_the_same_time_have_their_budgets_in_common():
    async def main() -> None:
        broker = Broker(limits(episode_calls=2), LocalModel())
        with broker.serving(3):
            assert len(spent(await asks(broker, 7))) == 1
            with broker.serving(1):
                assert len(spent(await asks(broker, 3))) == 1

    asyncio.run(main())


def test_outside_of_any_episode_there_is_the_budget_of_one_once():
    async def main() -> None:
        broker = Broker(limits(episode_calls=2), LocalModel())
        assert len(spent(await asks(broker, 3))) == 1
        with broker.serving(1):
            assert not spent(await asks(broker, 2))
        assert spent(await asks(broker, 1)) == ["the budget of one episode is spent: 2 calls"]

    asyncio.run(main())


amounts = st.builds(
    Amount,
    calls=st.integers(0, 5), tokens=st.integers(0, 500), usd=st.integers(0, 50).map(float),
)  # fmt: skip


@given(st.lists(st.tuples(amounts, st.none() | st.integers(0, 100)), max_size=30))
def test_reserved_and_spent_never_exceed_a_budget(steps):
    """Whatever is reserved and settled for less, in any order."""
    budget = Budget("run", Amount(calls=12, tokens=1200, usd=120.0))
    open_holds: list[Hold] = []
    expected = Amount()
    for reserved, share in steps:
        try:
            open_holds.append(Hold((budget,), reserved))
            expected += reserved
        except BudgetSpent:
            after = expected + reserved
            assert after.calls > 12 or after.tokens > 1200 or after.usd > 120.0
            continue
        if share is not None:
            settled = Amount(calls=reserved.calls, tokens=reserved.tokens * share // 100)
            open_holds.pop().settle(settled)
            expected += settled - reserved
        assert budget.used == expected
        assert budget.used.calls <= 12
        assert budget.used.tokens <= 1200
        assert budget.used.usd <= 120.0


def test_the_transcript_is_bounded_and_safe_to_show():
    async def main() -> dict[str, Any]:
        broker = Broker(limits(transcript_entries=4, transcript_chars=20), LocalModel())
        await broker("chat", {"messages": [{"role": "user", "content": "\x1b[2J" + "x" * 900}]})
        await broker("embed", {"texts": ["\u202e" + "y" * 900] * 9})
        for kind, payload in (("fetch", {}), ("chat", {"messages": CHAT["messages"], "url": "u"})):
            with pytest.raises(Exception, match="unknown"):
                await broker(kind, payload)
        for _ in range(50):
            await broker("chat", CHAT)
        return broker.to_json()

    found = asyncio.run(main())
    assert (found["answered"], found["refused"], found["outages"]) == (52, 2, 0)
    assert found["models"] == {"gpt-4o-mini": 51, "text-embedding-3-small": 1}
    chat, embed, *refused = found["transcript"]
    assert chat["asked"] == ["user: \\x1b[2J" + "x" * 16 + "... [884 more characters]"]
    assert embed["texts"] == 9
    assert embed["answered"] == "9 x 128"
    assert [entry["kind"] for entry in refused] == ["unknown", "unknown"]
    assert json.dumps(found).isprintable()
    assert len(json.dumps(found)) < 2000
