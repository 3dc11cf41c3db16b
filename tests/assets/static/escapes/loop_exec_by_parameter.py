# gained: method
import asyncio
from typing import Any, cast


def through(loop: Any) -> Any:
    return loop.create_server


def attack(path: str) -> Any:
    async def go() -> Any:
        return through(asyncio.get_running_loop())

    return asyncio.run(go())
