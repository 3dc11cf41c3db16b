from __future__ import annotations

import pytest

from alma_safe.domains.evaluation import Evaluation, Result
from alma_safe.domains.rollout import Deployment
from alma_safe.domains.statistics import bootstrap
from alma_safe.domains.table import _notes, _short, _told


@pytest.mark.parametrize("length", [28, 29, 40, 41, 200])
def test_a_name_that_is_cut_is_not_longer_for_it(length: int) -> None:
    name = "n" * length
    assert len(_short(name)) == min(length, 40)


def test_differences_of_few_tasks_have_no_interval_and_no_mark() -> None:
    assert _told(bootstrap([1.0] * 5)) == "+1.000, too few tasks"
    assert _told(bootstrap([1.0] * 6)) == "+1.000 [+1.000, +1.000] *"


def test_what_could_not_be_played_is_told_with_what_was_planned() -> None:
    ran = Deployment(episodes=(), seconds=1.0, faults=("away", "away"), planned=6)
    alone = Result(name="no memory", digest="", deployment=ran, train_size=0)
    told = list(_notes(Evaluation(setting={}, baseline=alone, results=())))
    assert told[-1] == (
        "no memory: 0 of 6 episodes played; 2 could not be, and are not scored: away"
    )
