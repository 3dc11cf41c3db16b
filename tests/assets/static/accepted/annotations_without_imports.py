from agents.memo_structure import MemoStructure


class M(MemoStructure):
    async def general_retrieve(self, recorder: "Basic_Recorder") -> "Dict[str, Any]":
        rows: List[int] = []
        return {"rows": rows}

    async def general_update(self, recorder: "Basic_Recorder") -> None:
        self.x = 1
