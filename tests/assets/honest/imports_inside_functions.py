# honest: imports inside functions and methods, TYPE_CHECKING imports, quoted annotations, try/except ImportError
from typing import TYPE_CHECKING, Any

from agents.memo_structure import MemoStructure, Sub_memo_layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx
    from eval_envs.base_envs import Basic_Recorder

try:
    import numpy as np
except ImportError:
    np = None

try:
    from scipy.special import expit as _squash
except ImportError:

    def _squash(value):
        import math

        return 1.0 / (1.0 + math.exp(-value))


def _mean(values: "Iterable[float]") -> float:
    values = list(values)
    if not values:
        return 0.0
    if np is not None:
        return float(np.mean(values))
    return sum(values) / len(values)


class LazyLayer(Sub_memo_layer):
    def __init__(self) -> None:
        import networkx as nx

        super().__init__(layer_intro="A graph library imported only when needed")
        self.graph: "networkx.Graph" = nx.Graph()

    async def retrieve(self, **kwargs: Any) -> list[str]:
        if self.graph.number_of_nodes() < 2:
            return []
        import networkx as nx

        centrality = nx.degree_centrality(self.graph)
        return sorted(centrality, key=lambda node: (-round(centrality[node], 9), node))[:5]

    async def update(self, **kwargs: Any) -> None:
        from itertools import combinations

        for a, b in combinations(kwargs["words"][:12], 2):
            self.graph.add_edge(a, b)
        while self.graph.number_of_nodes() > 200:
            self.graph.remove_node(next(iter(self.graph)))


class LazyMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = LazyLayer()
        self.rewards: list[float] = []

    async def general_retrieve(self, recorder: "Basic_Recorder") -> dict[str, Any]:
        trend = sum(self.rewards[-5:]) - sum(self.rewards[-10:-5])
        return {
            "central_words": await self.layer.retrieve(),
            "mean_reward": round(_mean(self.rewards[-20:]), 3),
            "trend": round(float(_squash(trend)), 3),
        }

    async def general_update(self, recorder: "Basic_Recorder") -> None:
        import re

        text = str(recorder.init.get("goal", "")) + " " + str(recorder.init.get("obs", ""))
        words = list(dict.fromkeys(re.findall(r"\w{3,20}", text[:3000].lower())))
        await self.layer.update(words=words)
        self.rewards = (self.rewards + [float(recorder.reward)])[-200:]
