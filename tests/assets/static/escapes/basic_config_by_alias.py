# gained: file written
import logging

configure = logging.basicConfig


def attack(path: str) -> None:
    configure(filename=path, level=10)
    logging.info("x")
