# [expect]
# stage = "properties"
# names = ["_chunks", "general_update", "deadline"]
# bug = "chunks of size zero for an empty observation: the position never moves"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class ChunkLayer(Sub_memo_layer):
    """Observations cut into chunks; frequent chunks describe the world."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Frequent pieces of the observations.")
        self.counts: Dict[str, int] = {}

    def _chunks(self, text: str, size: int = 80) -> List[str]:
        size = min(size, len(text))
        chunks: List[str] = []
        position = 0
        while position <= len(text):
            chunks = (chunks + [text[position:position + size]])[-40:]
            position += size
        return chunks

    async def retrieve(self, **kwargs) -> List[str]:
        ranked = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [text for text, _ in ranked[:6]]

    async def update(self, **kwargs) -> None:
        for chunk in self._chunks(kwargs["text"]):
            self.counts[chunk] = self.counts.get(chunk, 0) + 1
        self.counts = dict(list(self.counts.items())[-300:])


class WorldMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.world = ChunkLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"world": await self.world.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps[:50]:
            await self.world.update(text=str(step.get("obs", "start"))[:2000])
