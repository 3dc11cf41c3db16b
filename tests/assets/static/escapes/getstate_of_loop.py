# gained: EpollSelector
import asyncio
from typing import Any, cast


def attack(path: str) -> Any:
    async def go() -> Any:
        task = cast(Any, asyncio.current_task())
        return task.get_loop().__getstate__()["_sel" + "ector"]

    return asyncio.run(go())
