# gained: file written
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    return cast(Any, [*map(lambda call: call, [0])]) and [
        call(filename=path) for call in (lambda *, call=logging.basicConfig: [call])()
    ]
