from __future__ import annotations

import pytest

from alma_safe.errors import UsageError
from alma_safe.policy import Price
from alma_safe.search.budget import Budget, estimate
from alma_safe.search.records import State
from tests.search.makers import candidate, measured, settings


def spent(**values: float) -> dict[str, float]:
    nothing = {"usd": 0.0, "meta_tokens": 0, "agent_tokens": 0, "design_tokens": 0}
    return {**nothing, "evaluations": 0, **values}


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("usd", {"usd": 2.0}),
        ("tokens", {"meta_tokens": 1, "agent_tokens": 1}),
        ("evaluations", {"evaluations": 2}),
    ],
)
def test_a_limit_that_is_reached_is_named(key: str, values: dict[str, float]) -> None:
    budget = Budget(limits={key: 2})
    assert budget.over(spent(), 0) == ""
    assert key in budget.over(spent(**values), 0)


def test_the_clock_is_a_budget() -> None:
    assert "hours" in Budget(limits={"hours": 1}).over(spent(), 1.01)


def test_without_limits_nothing_ends() -> None:
    assert Budget(limits={}).over(spent(usd=1e9, evaluations=1e9), 1e9) == ""
    assert Budget(limits={}).room(spent(usd=5.0, evaluations=1), 5) == 5


def test_no_more_designs_are_begun_than_may_be_evaluated() -> None:
    budget = Budget(limits={"evaluations": 7})
    assert budget.room(spent(evaluations=4), 5) == 3
    assert budget.room(spent(evaluations=7), 5) == 0


def test_money_is_shared_out_by_what_designs_have_taken_so_far() -> None:
    budget = Budget(limits={"usd": 10})
    assert budget.room(spent(usd=8.0, evaluations=8), 5) == 2
    assert budget.room(spent(usd=9.9, evaluations=8), 5) == 1


def test_a_run_in_which_nothing_survives_ends() -> None:
    budget = Budget(limits={"failures": 3})
    rejected = [candidate(f"1.{n}", State.REJECTED) for n in range(3)]
    assert budget.hopeless(rejected)
    assert not budget.hopeless(rejected[:2])
    assert not budget.hopeless([*rejected, candidate("2.0")])
    assert Budget(limits={}).hopeless([candidate(f"{n}.0", State.REJECTED) for n in range(20)])


@pytest.mark.parametrize("limits", [{"usd": 0}, {"usd": -1}, {"usd": float("nan")}, {"euros": 5}])
def test_a_budget_that_means_nothing_is_a_usage_error(limits: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Budget(limits=limits)


def test_an_estimate_says_designs_episodes_and_money() -> None:
    alone = measured(
        "",
        {f"t{n}": 0.5 for n in range(10)},
        costs={"agent_tokens": 3000, "usd": 0.3},
        seconds=60.0,
    )
    told = estimate(settings(), 10, alone, 30, Price(input=1.0, output=10.0))
    assert "at most 51 designs x 30 episodes" in told
    assert "153,000 tokens, 15.30 USD" in told
    assert "meta agent" in told
    keyless = estimate(settings(), 10, measured("", {"t": 0.0}), 30, None)
    assert "USD" not in keyless


def test_short_playing_is_told_in_seconds_and_one_of_a_thing_without_an_s() -> None:
    alone = measured("", {"t": 0.0}, seconds=2.0)
    asked = settings(seeds=(("a.py", "sha256:1"),))
    assert estimate(asked, 0, alone, 1, None) == (
        "estimate: at most 1 design x 1 episode; some 2 seconds of playing"
    )
    assert estimate(asked, 9, alone, 3, None).endswith("; some 2 minutes of playing")
