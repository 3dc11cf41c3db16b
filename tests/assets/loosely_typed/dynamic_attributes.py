from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Node:
    def __init__(self, name):
        self.name = name


def register(cls):
    cls.kind = cls.__name__.lower()
    cls.registry_size = len(REGISTRY)
    REGISTRY[cls.kind] = cls
    return cls


REGISTRY: Dict[str, type] = {}


@register
class Near(Node):
    pass


@register
class Far(Node):
    def __init__(self, name, distance=1):
        super().__init__(name)
        self.distance = distance


class Memory(MemoStructure):
    FIELDS = ("alpha", "beta")

    def __init__(self):
        super().__init__()
        for field in self.FIELDS:
            setattr(self, field, [])
        self.nodes = [REGISTRY["far"]("x", distance=2), Near("y")]
        for node in self.nodes:
            node.visits = 0

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not hasattr(self, "calls"):
            self.calls = 0
        self.calls += 1
        return {
            "alpha": self.alpha[-3:],
            "visits": [n.visits for n in self.nodes],
            "kind": Near.kind,
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.beta.append(1)
        del self.beta[:-5]
        self.nodes[0].visits += 1
