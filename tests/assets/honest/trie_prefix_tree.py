# honest: recursive data structure (prefix tree), generators with yield from, iterative walk, __contains__
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Optional

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer


@dataclass(slots=True)
class Node:
    children: dict[str, "Node"] = field(default_factory=dict)
    visits: int = 0
    total: float = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.visits if self.visits else 0.0

    def walk(self, depth: int) -> Iterator[tuple[int, str, "Node"]]:
        for action, child in sorted(self.children.items(), key=lambda kv: (-kv[1].mean, -kv[1].visits, kv[0])):
            yield depth, action, child
            if depth < 3:
                yield from child.walk(depth + 1)

    def __contains__(self, action: str) -> bool:
        return action in self.children


class PrefixLayer(Sub_memo_layer):
    DEPTH = 8
    FANOUT = 30

    def __init__(self) -> None:
        super().__init__(layer_intro="Action sequences that share their beginning")
        self.root = Node()

    def best_path(self) -> list[str]:
        path: list[str] = []
        node: Optional[Node] = self.root
        while node is not None and node.children:
            action = max(node.children, key=lambda a: (node.children[a].mean, node.children[a].visits, a))
            path.append(action)
            node = node.children[action]
        return path

    async def retrieve(self, **kwargs: Any) -> dict[str, Any]:
        branches = []
        for depth, action, node in self.root.walk(0):
            if len(branches) == 10:
                break
            branches.append({"depth": depth, "action": action, "mean": round(node.mean, 3)})
        return {"best_path": self.best_path(), "branches": branches}

    async def update(self, **kwargs: Any) -> None:
        node = self.root
        for action in kwargs["actions"][: self.DEPTH]:
            if action not in node and len(node.children) >= self.FANOUT:
                weakest = min(node.children, key=lambda a: (node.children[a].visits, node.children[a].mean, a))
                del node.children[weakest]
            node = node.children.setdefault(action, Node())
            node.visits += 1
            node.total += kwargs["reward"]


class TrieMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = PrefixLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        if not self.layer.root.children:
            return {}
        return await self.layer.retrieve()

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps]
        await self.layer.update(actions=actions, reward=float(recorder.reward))
