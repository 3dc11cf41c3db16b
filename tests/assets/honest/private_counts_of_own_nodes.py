"""Nodes of an own class, whose private counts others of the file write."""
from __future__ import annotations

from typing import Any

from agents.memo_structure import MemoStructure


class Node:
    """A node."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._visits = 0
        self._children: list[Node] = []


class Memory(MemoStructure):
    """Memory."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: dict[str, Node] = {}

    def _touch(self, node: Node) -> None:
        node._visits += 1

    async def general_retrieve(self, recorder) -> dict[str, Any]:
        for node in self.nodes.values():
            node._visits += 1
        return {"best": sorted(self.nodes)[:3], "seen": sum(n._visits for n in self.nodes.values())}

    async def general_update(self, recorder) -> None:
        goal = str(recorder.init.get("goal", ""))
        node = self.nodes.setdefault(goal, Node(goal))
        self._touch(node)
        kind = type(node)
        node._children.append(Node(goal) if kind is Node else node)
        del node._children[5:]
