# gained: file written
import logging


def attack(path: str) -> None:
    [logging.basicConfig][0](filename=path)
    logging.warning("stored on disk")
