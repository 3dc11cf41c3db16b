# gained: thread
import time
from collections import UserDict as Base
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Base(ThreadPoolExecutor):
    pass


class Pool(Base):
    def peek(self) -> Any:
        self.submit(time.time).result()
        return [each for each in self._threads][0]


def attack(path: str) -> Any:
    return Pool().peek()
