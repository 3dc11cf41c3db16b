from agents.memo_structure import MemoStructure

if __name__ == "__main__":
    raise SystemExit(0)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
