# honest: networkx shortest paths, components, NodeNotFound and NetworkXNoPath handled
import hashlib
from typing import Any, Optional

import networkx as nx

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

START, GOAL = "start", "goal"


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()[:12]


class StateGraph(Sub_memo_layer):
    layer_intro: str = "Observation graph; edges carry the action that led from one state to the next."

    def __init__(self) -> None:
        self.database: Optional[Any] = nx.MultiDiGraph()
        self.labels: dict[str, str] = {}

    async def update(self, **kwargs: Any) -> None:
        current = kwargs["start"]
        self._label(current, kwargs["text"])
        for step in kwargs["steps"][:300]:
            text = str(step.get("obs") or step.get("long_term_context") or "")[:2000]
            target = fingerprint(text)
            self._label(target, text)
            action = str(step.get("action_took", ""))[:60]
            if not self.database.has_edge(current, target, key=action):
                self.database.add_edge(current, target, key=action, action=action)
            current = target
        if kwargs["reward"] > 0:
            self.database.add_edge(current, GOAL, key="done", action="(done)")
        while self.database.number_of_nodes() > 800:
            oldest = next(n for n in self.database.nodes if n != GOAL)
            self.database.remove_node(oldest)
            self.labels.pop(oldest, None)

    def _label(self, node: str, text: str) -> None:
        self.database.add_node(node)
        self.labels[node] = " ".join(text.split())[:100]

    async def retrieve(self, **kwargs: Any) -> list[dict[str, str]]:
        try:
            nodes = nx.shortest_path(self.database, kwargs["start"], GOAL)
        except (nx.NodeNotFound, nx.NetworkXNoPath):
            return []
        plan = []
        for a, b in zip(nodes[:20], nodes[1:21]):
            action = min(data["action"] for data in self.database[a][b].values())
            plan.append({"in": self.labels.get(a, ""), "do": action})
        return plan


class PathMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.graph = StateGraph()

    def _start(self, recorder: Basic_Recorder) -> tuple[str, str]:
        text = str(recorder.init.get("obs") or recorder.init.get("long_term_context") or "")[:2000]
        return fingerprint(text), text

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        start, _ = self._start(recorder)
        plan = await self.graph.retrieve(start=start)
        undirected = self.graph.database.to_undirected(as_view=True)
        regions = nx.number_connected_components(undirected) if len(undirected) else 0
        return {"known_plan": plan, "many_regions": regions > 5}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        start, text = self._start(recorder)
        await self.graph.update(start=start, text=text, steps=recorder.steps, reward=recorder.reward)
