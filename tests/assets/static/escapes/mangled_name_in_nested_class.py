# gained: module sys
from typing import Any


class Holder:
    def load(self) -> None:
        global __aio
        import asyncio as __aio


def made() -> Any:
    __aio: Any = None

    class Holder:
        def look(self) -> Any:
            return __aio.sys

    return Holder(), __aio


def attack(path: str) -> Any:
    Holder().load()
    return made()[0].look()
