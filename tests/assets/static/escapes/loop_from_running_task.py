# gained: method
import asyncio
from typing import Any, cast


def attack(path: str) -> Any:
    async def go() -> Any:
        found = cast(Any, asyncio.current_task()).get_loop()
        return found.create_server

    return asyncio.run(go())
