# gained: function _worker
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast


def attack(path: str) -> Any:
    pool: Any = ThreadPoolExecutor(1)
    pool.submit(len, "").result()
    thread = list(pool._threads)[0]
    return thread._target
