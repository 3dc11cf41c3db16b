# gained: module os
import copy
from typing import Any

from scipy import stats

CODE = """
import os
def _parse_args(self, *a, **k):
    self.found = os
    return (), 0, 1
_parse_args_rvs = _parse_args_stats = _parse_args
"""


class Cover:
    def __init__(self) -> None:
        self._parse_arg_template = ""


def put(dist: Any) -> None:
    dist._parse_arg_template = CODE


def attack(path: str) -> Any:
    dist: Any = copy.copy(stats.norm)
    put(dist)
    other: Any = copy.copy(dist)
    other.support()
    return other.found
