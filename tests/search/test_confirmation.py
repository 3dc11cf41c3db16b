from __future__ import annotations

import pytest

from alma_safe.search.confirmation import Compared, Outcome, difference
from tests.search.makers import measured


@pytest.mark.parametrize(
    ("tasks", "low", "high", "verdict"),
    [
        (1, 1.0, 1.0, "too few tasks"),
        (5, -1.0, -0.5, "too few tasks"),
        (6, 0.1, 0.5, "better"),
        (6, -0.5, -0.1, "worse"),
        (6, -0.5, 0.1, "not told apart"),
    ],
)
def test_a_verdict_needs_tasks_and_an_interval_without_zero(
    tasks: int, low: float, high: float, verdict: str
) -> None:
    found = Compared(other="no memory", score=0.0, mean=0.0, low=low, high=high, tasks=tasks)
    assert found.verdict == verdict
    outcome = Outcome(steps=1, against=(found,))
    assert outcome.to_json()["against"][0]["verdict"] == verdict
    assert Outcome.from_json(outcome.to_json()) == outcome


def test_outcomes_of_before_tasks_were_counted_are_read() -> None:
    known = {"other": "no memory", "score": 0.0, "mean": 0.2, "low": 0.1, "high": 0.3}
    outcome = Outcome.from_json({"steps": 1, "against": [known], "finalists": []})
    assert outcome.against[0].verdict == "better"


def test_tasks_that_both_played_are_counted() -> None:
    mine = measured("sha256:1", {"t": 1.0, "u": 1.0})
    found = difference(mine, measured("", {"t": 0.0, "v": 0.0}))
    assert found is not None
    assert found.count == 1
