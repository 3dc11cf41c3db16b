# gained: str
from typing import Any, List, get_args


def attack(path: str) -> Any:
    maker: Any = get_args(List[type])[0]
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
