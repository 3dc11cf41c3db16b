"""What is evaluated on: which tasks, how often, with which chance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alma_safe.domains.base import SPLITS
from alma_safe.errors import UsageError


class Mode(StrEnum):
    """How a memory is deployed.

    ``BATCHED``: one frozen memory for all tasks and repeats. ``SEQUENTIAL``: a memory of
    its own for each repeat, which walks the tasks in order and learns from each.
    """

    BATCHED = "batched"
    SEQUENTIAL = "sequential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is evaluated on. ``train_size`` and ``tasks`` shorten the halves; None: all.

    ``whole``: deploy on all tasks of a held-out split, not on its second half.
    ``first_repeat``: where the numbers of repeats begin; other numbers are other chance.
    """

    split: str = "in"
    task_set: str = ""
    mode: Mode = Mode.BATCHED
    repeats: int = 3
    train_size: int | None = None
    tasks: int | None = None
    max_steps: int | None = None
    seed: int = 42
    whole: bool = False
    first_repeat: int = 0

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise UsageError(f"unknown split {self.split}", hint=f"splits: {', '.join(SPLITS)}")
        if self.repeats < 1:
            raise UsageError("repeats must be at least 1")
        if self.whole and self.split == "train":
            raise UsageError("half of the training tasks is for collection")
