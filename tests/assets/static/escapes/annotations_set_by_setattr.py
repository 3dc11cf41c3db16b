# gained: class type
from functools import singledispatch
from typing import Any, cast


class Own:
    pass


def attack(path: str) -> Any:
    own = Own()
    setattr(own, "__annotations__", {"x": "().__class__.__base__.__sub" + "classes__()[0]"})
    dispatcher = singledispatch(lambda x: None)
    cast(Any, dispatcher).register(own)
    return [found for found in dispatcher.registry if found is not object][0]
