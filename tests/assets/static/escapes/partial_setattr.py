# gained: partial
from functools import partial
from typing import Any


def attack(path: str) -> Any:
    f: Any = partial(setattr)
    return f
