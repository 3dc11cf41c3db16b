from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.errors import UsageError
from alma_safe.search.samplers import (
    SAMPLERS,
    AlmaSampler,
    Entry,
    cell_of,
    drawn,
    sampler,
    sigmoid,
    softmax,
)

scores = st.floats(0, 1)
entries = st.lists(
    st.builds(
        Entry,
        name=st.just("0.0"),
        score=scores,
        baseline=st.just(0.4),
        visits=st.integers(0, 30),
        children=st.integers(0, 30),
        cell=st.tuples(st.sampled_from(["graph", "counts", ""])),
    ),
    min_size=1,
    max_size=30,
).map(lambda found: [named(each, number) for number, each in enumerate(found)])


def named(each: Entry, number: int) -> Entry:
    return Entry(
        name=f"{number // 5}.{number % 5}",
        score=each.score,
        baseline=each.baseline,
        visits=each.visits,
        children=each.children,
        cell=each.cell,
    )


@pytest.mark.parametrize("name", SAMPLERS)
@given(found=entries)
def test_weights_are_one_for_each_finite_and_not_all_zero(name: str, found: list[Entry]) -> None:
    weights = sampler(name).weights(found)
    assert len(weights) == len(found)
    assert all(math.isfinite(weight) and weight >= 0 for weight in weights)
    assert sum(weights) > 0


@pytest.mark.parametrize("name", ["alma", "scaled", "dgm"])
@given(found=entries)
def test_a_better_design_of_as_many_visits_is_never_less_likely(
    name: str, found: list[Entry]
) -> None:
    weights = sampler(name).weights(found)
    for one, mine in zip(found, weights, strict=True):
        for other, theirs in zip(found, weights, strict=True):
            if (one.visits, one.children) == (other.visits, other.children):
                assert mine >= theirs - 1e-12 or one.score < other.score


@pytest.mark.parametrize("name", SAMPLERS)
@given(found=entries, count=st.integers(1, 8), seed=st.integers(0, 99), order=st.randoms())
def test_draws_do_not_follow_the_order_in_which_designs_are_given(
    name: str, found: list[Entry], count: int, seed: int, order: object
) -> None:
    shuffled = list(found)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    first = drawn(sampler(name), found, count, seed, 1)
    assert drawn(sampler(name), shuffled, count, seed, 1) == first
    assert set(first) <= {each.name for each in found}
    if sampler(name).replaces:
        assert len(first) == count
    else:
        assert len(first) == len(set(first)) == min(count, len(found))


def test_constants_of_the_paper_give_the_numbers_that_follow_from_them() -> None:
    assert sigmoid(0.05) == pytest.approx(0.5125, abs=1e-4)
    assert sigmoid(1.0) == pytest.approx(0.7311, abs=1e-4)
    better = Entry(name="0.0", score=0.6, baseline=0.5)
    same = Entry(name="0.1", score=0.5, baseline=0.5)
    assert AlmaSampler().weights([better, same])[0] == pytest.approx(0.512, abs=1e-3)
    # A single visit outweighs the best score there can be.
    perfect = Entry(name="0.0", score=1.0, baseline=0.0, visits=1)
    assert AlmaSampler().weights([perfect, Entry(name="0.1", score=0.0, baseline=0.0)])[0] < 0.5


def test_as_long_as_there_are_no_more_designs_than_places_each_is_a_parent() -> None:
    found = [Entry(name=f"0.{n}", score=n / 10, baseline=0.1, visits=n) for n in range(5)]
    assert sorted(drawn(AlmaSampler(), found, 5, 42, 1)) == sorted(each.name for each in found)


def test_greedy_takes_the_best_for_every_place() -> None:
    found = [Entry(name=f"0.{n}", score=score, baseline=0) for n, score in enumerate((0.2, 0.9))]
    assert drawn(sampler("greedy"), found, 3, 42, 1) == ["0.1"] * 3


def test_quality_diversity_draws_the_best_of_each_cell_alone() -> None:
    found = [
        Entry(name="0.0", score=0.9, baseline=0, cell=("graph",)),
        Entry(name="0.1", score=0.8, baseline=0, cell=("graph",)),
        Entry(name="0.2", score=0.1, baseline=0, cell=("counts",)),
    ]
    chosen = drawn(sampler("quality-diversity"), found, 200, 42, 1)
    assert set(chosen) == {"0.0", "0.2"}
    assert chosen.count("0.0") == pytest.approx(100, abs=40)


def test_seeds_and_steps_draw_otherwise() -> None:
    found = [Entry(name=f"0.{n}", score=0.5, baseline=0.5) for n in range(30)]
    draws = {
        tuple(drawn(AlmaSampler(), found, 5, seed, step)) for seed in range(4) for step in range(4)
    }
    assert len(draws) == 16


def test_draws_are_the_same_under_another_hash_seed() -> None:
    program = (
        "from alma_safe.search.samplers import *\n"
        "found = [Entry(name=f'{n}.0', score=n / 40, baseline=.5, visits=n % 3,"
        " cell=(str(n % 4),)) for n in range(40)]\n"
        "print([drawn(sampler(name), found, 5, 7, step) for name in SAMPLERS for step in range(9)])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(told) == 1


def test_softmax_of_large_values_does_not_overflow() -> None:
    assert softmax([1000.0, 0.0], 0.5) == [1.0, 0.0]


def test_cells_tell_stores_ways_sizes_and_models_apart() -> None:
    plain = {"lines": 100, "stores": ["counts"], "retrievals": ["ranking"], "model_calls": 0}
    cells = {
        cell_of(plain),
        cell_of({**plain, "lines": 700}),
        cell_of({**plain, "stores": ["graph"]}),
        cell_of({**plain, "model_calls": 2}),
        cell_of({}),
    }
    assert len(cells) == 5


def test_an_unknown_sampler_is_a_usage_error_that_names_the_others() -> None:
    with pytest.raises(UsageError) as caught:
        sampler("best")
    assert "alma" in caught.value.hint
