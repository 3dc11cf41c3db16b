# gained: frame
import logging
from typing import Any, cast


class F(logging.NullHandler):
    def handle(self, record: Any) -> bool:
        SINK.append(record)
        return True


SINK: list[Any] = []


def attack(path: str) -> Any:
    log = logging.getLogger("x")
    log.addHandler(F())
    try:
        raise ValueError("x")
    except ValueError:
        log.exception("x")
    trace = SINK[0].exc_info[2]
    match trace:
        case object(tb_frame=frame):
            return frame
