# [hostile]
# family = "types_gate"
# static = true
# attempt = "takes its base class from a call, which the checker sees as Any"
# canary = "file"
from typing import Any

import agents.memo_structure as contract


def base() -> Any:
    try:
        open("/tmp/alma-canary/base_class_from_call", "w").close()
    except OSError:
        pass
    return contract.MemoStructure


class Loose(base()):
    async def general_retrieve(self, recorder):
        return {"note": ""}

    async def general_update(self, recorder):
        return None
