# gained: _UnixSelectorEventLoop
import asyncio
from typing import Any, cast


def attack(path: str) -> Any:
    async def go() -> Any:
        return cast(Any, asyncio.get_running_loop().call_later(9, print))._loop

    return asyncio.run(go())
