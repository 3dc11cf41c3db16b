# gained: str
from typing import Any, cast


def attack(path: str) -> Any:
    return "{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.__globals__}".format_map(Names(attack))


class Names(dict[str, Any]):
    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __missing__(self, name: str) -> Any:
        return self.thing
