from langchain_chroma import Chroma
from agents.memo_structure import MemoStructure

def store(embedding):
    return Chroma(embedding_function=embedding, persist_directory="/tmp/notes")


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
