# gained: thread
import time
from collections import UserDict as Base
from concurrent.futures import ThreadPoolExecutor as Base
from typing import Any


class Pool(Base):
    def peek(self) -> Any:
        self.submit(time.time).result()
        return [each for each in self._threads][0]


def attack(path: str) -> Any:
    return Pool().peek()
