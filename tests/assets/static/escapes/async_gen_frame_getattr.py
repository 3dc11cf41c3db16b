# gained: frame
from typing import Any


def attack(path: str) -> Any:
    async def go() -> Any:
        yield 1

    names = ["ag_fr", "ame"]
    return getattr(go(), "".join(names))
