# honest: networkx DiGraph with pagerank, edge attributes, pruning by weight
import networkx as nx

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class ActionGraphLayer(Sub_memo_layer):
    """Nodes are actions, edges are 'was followed by', weighted with the reward of the episode."""

    MAX_NODES = 150

    def __init__(self):
        super().__init__(layer_intro="Action transition graph ranked by PageRank", database=nx.DiGraph())

    async def retrieve(self, **kwargs):
        graph = self.database
        if graph.number_of_edges() == 0:
            return []
        try:
            ranks = nx.pagerank(graph, alpha=0.85, weight="weight")
        except nx.PowerIterationFailedConvergence:
            ranks = dict(graph.degree(weight="weight"))
        best = sorted(ranks.items(), key=lambda kv: (-round(kv[1], 9), kv[0]))[: kwargs.get("k", 6)]
        result = []
        for name, rank in best:
            successors = sorted(graph[name], key=lambda n: (-graph[name][n]["weight"], n))
            result.append({"action": name, "importance": round(float(rank), 5), "then": successors[:3]})
        return result

    async def update(self, **kwargs):
        actions, reward = kwargs["actions"], kwargs["reward"]
        for a, b in zip(actions, actions[1:]):
            old = self.database.get_edge_data(a, b, default={"weight": 0.0, "seen": 0})
            self.database.add_edge(a, b, weight=old["weight"] + 0.1 + reward, seen=old["seen"] + 1)
        surplus = self.database.number_of_nodes() - self.MAX_NODES
        if surplus > 0:
            weak = sorted(self.database.degree(weight="weight"), key=lambda kv: (kv[1], kv[0]))
            self.database.remove_nodes_from([name for name, _ in weak[:surplus]])


class PageRankMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.graph_layer = ActionGraphLayer()
        self.database = self.graph_layer.database

    async def general_retrieve(self, recorder: Basic_Recorder):
        return {
            "central_actions": await self.graph_layer.retrieve(k=6),
            "graph_size": min(self.database.number_of_nodes(), ActionGraphLayer.MAX_NODES),
        }

    async def general_update(self, recorder: Basic_Recorder):
        actions = [str(s.get("action_took", "")).strip()[:60] for s in recorder.steps[:200]]
        await self.graph_layer.update(actions=[a for a in actions if a], reward=float(recorder.reward))
