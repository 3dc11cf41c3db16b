# gained: frame
import contextlib
from typing import Any, cast


@contextlib.contextmanager
def one() -> Any:
    yield 1


def attack(path: str) -> Any:
    return getattr(cast(Any, one()).gen, "gi_" + "frame")
