# gained: module sys
from typing import Any


class Holder:
    def load(self) -> None:
        global __aio
        import asyncio as __aio


def look() -> Any:
    return _Holder__aio.sys


def attack(path: str) -> Any:
    Holder().load()
    return look()
