# [expect]
# stage = "properties"
# names = ["NodeNotFound", "NetworkXNoPath", "NetworkXError"]
# bug = "searches a path from a place that is not in the graph yet"
from typing import Any, Dict, List

import networkx as nx

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class GraphMemory(MemoStructure):
    """Observations as nodes, actions as edges; suggests a path to a rewarded state."""

    def __init__(self) -> None:
        super().__init__()
        self.graph = nx.DiGraph()
        self.rewarded: List[str] = []

    def _node(self, text: Any) -> str:
        return " ".join(str(text)[:200].lower().split())

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.rewarded:
            return {"path": []}
        start = self._node(recorder.init.get("obs", ""))
        nodes = nx.shortest_path(self.graph, start, self.rewarded[-1])
        actions = [self.graph.edges[a, b]["action"] for a, b in zip(nodes, nodes[1:])]
        return {"path": actions[:20]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        here = self._node(recorder.init.get("obs", ""))
        for step in recorder.steps[:60]:
            there = self._node(step.get("obs", ""))
            self.graph.add_edge(here, there, action=str(step.get("action_took", ""))[:60])
            here = there
        if recorder.reward >= 0.99 and here in self.graph:
            self.rewarded = (self.rewarded + [here])[-20:]
