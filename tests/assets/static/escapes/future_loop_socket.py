# gained: socket
import asyncio
from typing import Any, cast


def attack(path: str) -> Any:
    async def go() -> Any:
        found = cast(Any, asyncio.Future()).get_loop()
        return type(found._ssock)()

    return asyncio.run(go())
