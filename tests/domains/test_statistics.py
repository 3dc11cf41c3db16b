from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.domains.statistics import bootstrap, mean, standard_error

VALUES = st.lists(st.floats(0, 1), min_size=2, max_size=30)


@given(VALUES)
def test_error_is_the_sample_deviation_over_root_n(values: list[float]) -> None:
    expected = statistics.stdev(values) / len(values) ** 0.5
    assert standard_error(values) == pytest.approx(expected, abs=1e-12)


@given(VALUES)
def test_interval_holds_the_mean_and_lies_within_the_values(values: list[float]) -> None:
    found = bootstrap(values)
    assert min(values) - 1e-9 <= found.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.high <= max(values) + 1e-9
    assert found == bootstrap(values)


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, hits = random.Random(1), 0
    for _ in range(200):
        found = bootstrap([rng.gauss(0.2, 1.0) for _ in range(40)])
        hits += found.low <= 0.2 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_difference_from_nothing_is_told_apart() -> None:
    assert bootstrap([0.4, 0.5, 0.6, 0.5] * 5).excludes_zero
    assert not bootstrap([0.4, -0.5, 0.6, -0.5] * 5).excludes_zero


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_values_are_no_verdict_however_equal_they_are(count: int) -> None:
    found = bootstrap([1.0] * count)
    assert not found.enough
    assert not found.excludes_zero
    assert found.to_json()["tasks"] == count
    assert found.to_json()["excludes_zero"] is False


def test_six_values_that_agree_are_a_verdict() -> None:
    assert bootstrap([1.0] * 6).excludes_zero


def test_mean_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        mean([])
    assert standard_error([0.5]) == 0.0
