from __future__ import annotations

import pytest

from alma_safe.errors import UsageError
from alma_safe.policy import Price
from alma_safe.search.budget import Budget, Cost, estimate
from alma_safe.search.records import Purpose, State
from tests.search.makers import candidate, measured, settings


def spent(**values: float) -> dict[str, float]:
    nothing = {"usd": 0.0, "meta_tokens": 0, "agent_tokens": 0, "design_tokens": 0}
    # Of designs alone, unless it is said otherwise.
    designs = {"designs_usd": values.get("usd", 0.0), "designs_tokens": 0}
    return {**nothing, "evaluations": 0, **designs, **values}


def sizes(search: int, held_out: int = 0) -> dict[Purpose, int]:
    return {Purpose.SEARCH: search, Purpose.CONFIRMATION: held_out}


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
    price = Price(input=1.0, output=10.0)
    told = estimate(settings(confirm=False), 10, alone, sizes(30), price, {})
    assert "at most 51 designs x 30 episodes" in told
    assert "153,000 tokens, 15.30 USD" in told
    assert "meta agent" in told
    keyless = estimate(settings(), 10, measured("", {"t": 0.0}), sizes(30), None, {})
    assert "USD" not in keyless


def test_short_playing_is_told_in_seconds_and_one_of_a_thing_without_an_s() -> None:
    alone = measured("", {"t": 0.0}, seconds=2.0)
    alone = measured("", {"t": 0.0}, repeats=1, seconds=2.0)
    asked = settings(seeds=(("a.py", "sha256:1"),), confirm=False)
    assert estimate(asked, 0, alone, sizes(1), None, {}) == (
        "estimate: at most 1 design x 1 episode; some 2 seconds of playing"
    )
    assert estimate(asked, 9, alone, sizes(1), None, {}).endswith("; some 2 minutes of playing")


def test_an_estimate_has_the_end_of_a_run_in_it_and_heeds_the_budget() -> None:
    alone = measured("", {f"t{n}": 0.5 for n in range(10)}, costs={"agent_tokens": 3000})
    asked = settings(baselines=(("a.py", "sha256:1"),), finalists=3)
    told = estimate(asked, 10, alone, sizes(30, 20), None, {"evaluations": 7})
    assert "at most 7 designs x 30 episodes" in told
    assert "in the end 3 x 30 again and 3 x 20 held out" in told
    assert "36,000 tokens" in told  # 100 for each of (7 + 3) x 30 and 3 x 20 episodes
    assert "again" not in estimate(settings(confirm=False), 1, alone, sizes(30), None, {})


def test_an_evaluation_has_no_parts() -> None:
    assert "2.5 evaluations is spent" in Budget(limits={"evaluations": 2.5}).over(
        spent(evaluations=2), 0
    )
    assert Budget(limits={"evaluations": 2.5}).over(spent(evaluations=1), 0) == ""


def test_what_does_not_fit_is_told_with_what_would_be_enough() -> None:
    budget = Budget(limits={"usd": 2.0, "tokens": 1000})
    assert budget.short(spent(usd=1.0, agent_tokens=500), Cost(usd=1.0, tokens=500)) == ""
    wanted = spent(usd=1.5), Cost(usd=1.0, tokens=500)
    assert budget.short(*wanted) == ("the budget of 2 usd has 0.5 left, and about 1 is needed")
    assert budget.enough(*wanted) == "--max-usd 2.7"
    assert budget.enough(spent(usd=3.0), Cost()) == "--max-usd 3"
    assert budget.short(spent(usd=3.0), Cost())
    assert Budget(limits={}).short(spent(usd=1e9), Cost(usd=1.0)) == ""


def test_what_a_first_design_takes_is_reckoned_by_no_memory() -> None:
    budget = Budget(limits={"usd": 10})
    assert budget.room(spent(usd=4.0), 5, Cost(usd=2.0)) == 3
    # Of the ten that were spent, designs took two each; the rest was no memory's.
    assert budget.room(spent(usd=6.0, designs_usd=2.0, evaluations=1), 5) == 2
