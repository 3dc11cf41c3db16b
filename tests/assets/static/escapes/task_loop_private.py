# gained: EpollSelector
import asyncio
from typing import Any, cast


def attack(path: str) -> Any:
    async def go() -> Any:
        return cast(Any, asyncio.current_task())._loop._selector

    return asyncio.run(go())
