# gained: namespace
from typing import Any, cast


class Own:
    def __eq__(self, names: Any) -> bool:
        names[0] = "__globals__"
        return True


NAMES = ["upper"]


def attack(path: str) -> Any:
    if NAMES == Own():
        return [getattr(attack, name) for name in NAMES][0]
    return None
