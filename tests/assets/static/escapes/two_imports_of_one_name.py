# gained: file written
from scipy.stats import norm as cfg
from logging import basicConfig as cfg
import logging


def attack(path: str) -> None:
    cfg(filename=path)
    logging.warning("stored on disk")
