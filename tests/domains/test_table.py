from __future__ import annotations

import pytest

from alma_safe.domains.statistics import bootstrap
from alma_safe.domains.table import _short, _told


@pytest.mark.parametrize("length", [28, 29, 40, 41, 200])
def test_a_name_that_is_cut_is_not_longer_for_it(length: int) -> None:
    name = "n" * length
    assert len(_short(name)) == min(length, 40)


def test_differences_of_few_tasks_have_no_interval_and_no_mark() -> None:
    assert _told(bootstrap([1.0] * 5)) == "+1.000, too few tasks"
    assert _told(bootstrap([1.0] * 6)) == "+1.000 [+1.000, +1.000] *"
