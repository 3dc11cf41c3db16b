# gained: file written
import logging
from types import GenericAlias
from typing import Any, cast


def attack(path: str) -> Any:
    cast(Any, GenericAlias(cast(Any, logging.basicConfig), (int,)))(filename=path, level=10)
    logging.info("x")
