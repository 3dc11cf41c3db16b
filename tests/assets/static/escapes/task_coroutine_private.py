# gained: frame
import asyncio
from typing import Any, cast


def attack(path: str) -> Any:
    async def go() -> Any:
        stack = cast(Any, asyncio.current_task())
        return getattr(stack, "get_stack")()[0]

    return asyncio.run(go())
