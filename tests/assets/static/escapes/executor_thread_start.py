# gained: thread
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def attack(path: str) -> Any:
    with ThreadPoolExecutor(1) as pool:
        thread: Any = pool.submit(threading.current_thread).result()
    make: Any = thread.__class__
    return make(target=print)
