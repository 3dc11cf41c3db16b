# gained: socket
import asyncio
from typing import Any, cast


def attack(path: str) -> Any:
    async def go() -> Any:
        async with asyncio.TaskGroup() as group:
            return cast(Any, group)._loop._ssock

    return asyncio.run(go())
