# gained: str
from typing import Any, cast


def attack(path: str) -> Any:
    return (
        cast(Any, type)
        .__call__(type, "Odd", (), {"__get" + "attribute__": lambda s, n: n})()
        .anything
    )
