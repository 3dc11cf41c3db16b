from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

import networkx as nx
from networkx.algorithms import community


class PlaceGraph(nx.DiGraph):
    def visit(self, a: str, b: str) -> None:
        self.add_edge(a, b, weight=self.edges[a, b]["weight"] + 1 if self.has_edge(a, b) else 1)


class Graph(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__(layer_intro="graph", database=PlaceGraph())
        self.g: nx.Graph = nx.Graph()

    async def retrieve(self, node: str, depth: int = 2, **kwargs) -> Dict[str, Any]:
        if node not in self.database:
            return {}
        near = nx.single_source_shortest_path_length(self.database, node, cutoff=depth)
        ranks = nx.pagerank(self.database) if self.database.number_of_edges() else {}
        groups = (
            [sorted(c) for c in community.greedy_modularity_communities(self.g)]
            if self.g.edges
            else []
        )
        return {
            "near": sorted(near)[:5],
            "rank": max(ranks, key=ranks.get) if ranks else None,
            "edges": [(u, v, d["weight"]) for u, v, d in self.database.edges(data=True)][:3],
            "groups": groups,
        }

    async def update(self, path: List[str], **kwargs) -> None:
        for a, b in zip(path, path[1:]):
            self.database.visit(a, b)
            self.g.add_edge(a, b)


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.graph = Graph()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return await self.graph.retrieve("start")

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.graph.update(
            ["start"] + [str(s.get("action_took")) for s in recorder.steps[:20]]
        )
