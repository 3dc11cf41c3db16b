# gained: str
import enum
from typing import Any


class Base(enum.Enum):
    @classmethod
    def made(cls, names: Any) -> Any:
        return cls("Made", names)


def attack(path: str) -> Any:
    return f"{Base.made({''.join(reversed('__tamrof__')): lambda self, spec: 'hook', 'A': 1}).A}"
