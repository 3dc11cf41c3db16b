import unicodedata

from agents.memo_structure import MemoStructure


complaints = []


def checked(text):
    for char in text:
        if unicodedata.category(char) == "Cn" and not complaints:
            complaints.append(char)
            raise ValueError("no such character")
    return text


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.notes = []

    async def general_retrieve(self, recorder):
        return {"notes": self.notes[-3:]}

    async def general_update(self, recorder):
        self.notes.append(checked(str(recorder.init.get("obs")))[:80])
        self.notes = self.notes[-50:]
