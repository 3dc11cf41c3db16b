"""As many at a time as there are processors for us."""

from __future__ import annotations

import os

from alma_safe.cores import cores


def test_what_the_process_is_bound_to_counts():
    assert cores() == len(os.sched_getaffinity(0))


def test_a_system_that_does_not_tell_has_all_of_its_own_or_one(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert cores() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1
