# gained: file written
import logging


def attack(path: str) -> None:
    logging.basicConfig.__call__(filename=path)
    logging.warning("stored on disk")
