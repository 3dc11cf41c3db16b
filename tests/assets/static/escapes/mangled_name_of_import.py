# gained: module sys
import asyncio as _Holder__aio
from typing import Any

__aio: Any = None


class Holder:
    def look(self) -> Any:
        return __aio.sys


def attack(path: str) -> Any:
    return Holder().look()
