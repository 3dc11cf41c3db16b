# gained: module warnings
import warnings
from typing import Any, cast


def attack(path: str) -> Any:
    return cast(Any, warnings.catch_warnings())._module
