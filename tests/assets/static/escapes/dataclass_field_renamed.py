# gained: frame
import dataclasses
from typing import Any


@dataclasses.dataclass
class Entry:
    a: int = 0


def gen() -> Any:
    yield 1


def attack(path: str) -> Any:
    first: Any = dataclasses.fields(Entry)[0]
    first.name = "".join(reversed("emarf_ig"))
    for field in dataclasses.fields(Entry):
        return getattr(gen(), field.name)
