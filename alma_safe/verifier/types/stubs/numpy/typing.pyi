# NDArray is an alias, so that an alias of it is one, too; still everything is Any.
from typing import Any

type NDArray[Scalar] = Any
type ArrayLike = Any
type DTypeLike = Any

def __getattr__(name: str) -> Any: ...
