# gained: file written
import logging
from functools import partial


def attack(path: str) -> None:
    partial(logging.basicConfig, filename=path, level=10)()
    logging.info("x")
