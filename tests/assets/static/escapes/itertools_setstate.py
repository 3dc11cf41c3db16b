# gained: function print
from functools import partial
from typing import Any, cast


def attack(path: str) -> Any:
    p: Any = partial(len)
    p.__setstate__((print, (), {}, {}))
    return p.func
