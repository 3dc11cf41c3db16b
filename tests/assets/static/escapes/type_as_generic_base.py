# gained: str
from typing import Any, Type


class Meta(Type[int]):
    pass



def attack(path: str) -> Any:
    maker: Any = Meta
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
