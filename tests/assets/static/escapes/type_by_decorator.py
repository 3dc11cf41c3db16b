# gained: str
from typing import Any


@type
class maker_of:
    pass



def attack(path: str) -> Any:
    maker: Any = maker_of
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
