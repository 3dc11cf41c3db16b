# honest: Optional database used without None checks, layer attributes assigned in a helper, mypy union-attr style
from typing import Any, Dict, Optional

import networkx as nx

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class EntityLayer(Sub_memo_layer):
    layer_intro: str = "Entities and how often they occur together."
    database: Optional[nx.Graph] = None

    def __init__(self):
        self.database = nx.Graph()
        self._hot: Optional[str] = None

    async def retrieve(self, **kwargs) -> Dict[str, Any]:
        words = [w for w in kwargs.get("words") if self.database.has_node(w)]
        related = {}
        for word in words[:5]:
            neighbours = sorted(
                self.database.neighbors(word),
                key=lambda n: (-self.database.edges[word, n]["weight"], n),
            )
            related[word] = neighbours[:4]
        return related

    async def update(self, **kwargs) -> None:
        words = kwargs.get("words")
        for i, a in enumerate(words):
            for b in words[i + 1 : i + 4]:
                if self.database.has_edge(a, b):
                    self.database[a][b]["weight"] += 1
                elif a != b:
                    self.database.add_edge(a, b, weight=1)
        if self.database.number_of_nodes() > 250:
            degrees = dict(self.database.degree())
            drop = sorted(degrees, key=lambda n: (degrees[n], n))[:50]
            self.database.remove_nodes_from(drop)


class OptionalMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layer: Optional[EntityLayer] = None
        self.history: Optional[list] = None
        self._setup()

    def _setup(self):
        self.layer = EntityLayer()
        self.history = []

    def _words(self, init, limit=25):
        seen = {}
        for value in init.values():
            for word in str(value)[:3000].lower().replace(",", " ").replace(".", " ").split():
                if 2 < len(word) < 25:
                    seen[word] = True
                if len(seen) >= limit:
                    return list(seen)
        return list(seen)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict:
        related = await self.layer.retrieve(words=self._words(recorder.init))
        return {"related": related, "last_rewards": self.history[-5:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(words=self._words(recorder.init))
        self.history.append(float(recorder.reward))
        if len(self.history) > 50:
            self.history.pop(0)
