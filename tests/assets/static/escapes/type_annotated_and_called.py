# gained: str
from typing import Annotated, Any


def attack(path: str) -> Any:
    maker: Any = Annotated[type, 1]
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
