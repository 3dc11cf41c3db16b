# gained: StreamHandler
import logging
from dataclasses import dataclass, field
from typing import Any


class Inner:
    pass


@dataclass
class Own:
    inner: Any = Inner()

    def go(self) -> Any:
        return self.inner.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own(logging.getLogger()).go()
