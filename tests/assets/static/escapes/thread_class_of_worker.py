# gained: thread
import asyncio
import threading
from typing import Any, cast


def attack(path: str) -> Any:
    async def go() -> Any:
        return await asyncio.to_thread(threading.current_thread)

    thread: Any = asyncio.run(go())
    return type(thread)(target=print)
