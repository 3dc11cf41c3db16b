# gained: str
from typing import Any


class Box:
    kept: Any = None

    def __eq__(self, other: Any) -> bool:
        self.kept = other
        return False



def attack(path: str) -> Any:
    box: Any = Box()
    box == type
    made: Any = box.kept("Made", (), {"__str__": lambda self: "made"})
    return str(made())
