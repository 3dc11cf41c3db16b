# gained: str
import enum
from typing import Any


def attack(path: str) -> Any:
    names: Any = {"".join(reversed("__tamrof__")): lambda self, spec: "hook", "A": 1}
    made: Any = enum.Enum("Made", names)
    return f"{made.A}"
