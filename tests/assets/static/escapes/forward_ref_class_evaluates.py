# gained: method
from typing import Any, List, get_args


def attack(path: str) -> Any:
    ref: Any = type(get_args(List["x"])[0])("glo" + "bals()")
    return getattr(ref, "_eval" + "uate")
