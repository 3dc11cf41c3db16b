"""A domain whose tasks do what worker processes must not do. A task is named by its defect."""

import os
import time

from alma_safe.domains.base import Task, View

DEFECTS = ("fine", "raises", "dies", "dies_once", "hangs", "prints", "nonsense")
"""What its task sets are of. Asked for by name there are "exits" and views that are none, too."""


def domain(cache):
    return Faulty(cache)


class Faulty:
    def __init__(self, cache):
        self._cache = cache

    def tasks(self, split, task_set):
        return [] if split == "out" else [Task(id=defect, kind=defect) for defect in DEFECTS]

    def prepare(self, task_id):
        pass

    def open(self, task_id, manner):
        return Episode(task_id, self._cache)


class Episode:
    def __init__(self, defect, cache):
        self._defect = defect
        self._mark = cache / "died"
        self._steps = 0

    def reset(self):
        return self._view()

    def step(self, action):
        self._steps += 1
        if self._defect == "raises":
            raise RuntimeError("the game broke\x1b[31m")
        if self._defect == "exits":
            raise SystemExit(3)
        if self._defect == "dies":
            os._exit(7)
        if self._defect == "dies_once" and not self._mark.exists():
            self._mark.touch()
            os._exit(7)
        if self._defect == "hangs":
            time.sleep(3600)
        if self._defect == "prints":
            print('{"id": 0, "value": null}' * 10_000, flush=True)
        if self._defect == "nonsense":
            os.write(3, b"no JSON\n" * 3)
        return self._view()

    def close(self):
        pass

    def _view(self):
        fields = {"obs": "keys: " + " ".join(sorted(os.environ)), "goal": "none"}
        if self._steps:
            fields.pop("goal")
        reward = {"reward_nan": float("nan"), "reward_2": 2.0}.get(self._defect, 1.0)
        score = float("inf") if self._defect == "score_inf" else 0.0
        if self._defect == "field_nan":
            fields["obs"] = float("nan")
        done = self._steps >= 2
        return View(
            fields=fields, text="", score=score, reward=reward, done=done, steps=self._steps
        )
