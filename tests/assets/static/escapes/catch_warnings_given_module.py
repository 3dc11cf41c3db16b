# gained: module sys
import warnings
from typing import Any, cast


def attack(path: str) -> Any:
    guard = cast(Any, warnings).catch_warnings()
    return guard._module.sys
