from agents.memo_structure import MemoStructure

class Node:
    def link(self, other: "Node | None") -> "list[Node]":
        return []


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
