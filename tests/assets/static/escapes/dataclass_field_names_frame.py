# gained: frame
from abc import ABC
from dataclasses import dataclass
from typing import Any
from types import TracebackType


@dataclass
class Odd(ABC):
    tb_frame: Any


class Guard:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        SINK.append(trace)
        return True


SINK: list[Any] = []


def attack(path: str) -> Any:
    Odd.register(TracebackType)
    with Guard():
        raise ValueError("x")
    match SINK[0]:
        case Odd(frame):
            return frame
    return None
