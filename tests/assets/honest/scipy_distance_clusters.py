# honest: scipy.spatial.distance and hierarchical clustering over handmade numeric features
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist, euclidean

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


def features(recorder: Basic_Recorder) -> list[float]:
    text = " ".join(str(v)[:5000] for v in recorder.init.values())
    letters = sum(c.isalpha() for c in text)
    return [
        np.log1p(len(text)) / 10,
        letters / max(1, len(text)),
        np.log1p(len(set(text.split()))) / 7,
        np.log1p(len(recorder.init)),
    ]


class ClusterLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__()
        self.points: list[list[float]] = []
        self.rewards: list[float] = []
        self.plans: list[list[str]] = []

    async def retrieve(self, **kwargs: Any) -> dict[str, Any]:
        if len(self.points) < 2:
            return {}
        points = np.asarray(self.points, dtype=float)
        labels = fcluster(linkage(points, method="average"), t=3, criterion="maxclust")
        centres = {int(c): points[labels == c].mean(axis=0) for c in np.unique(labels)}
        query = np.asarray(kwargs["point"], dtype=float)
        mine = min(centres, key=lambda c: (round(euclidean(centres[c], query), 9), c))
        members = np.flatnonzero(labels == mine)
        distances = cdist(points[members], query[None, :]).ravel()
        closest = members[np.argsort(np.round(distances, 9), kind="stable")][:3]
        return {
            "share_of_experience": round(len(members) / len(points), 2),
            "cluster_reward": round(float(np.mean([self.rewards[i] for i in members])), 3),
            "closest": [{"plan": self.plans[i], "reward": self.rewards[i]} for i in map(int, closest)],
        }

    async def update(self, **kwargs: Any) -> None:
        for column, value in (
            (self.points, kwargs["point"]),
            (self.rewards, kwargs["reward"]),
            (self.plans, kwargs["plan"]),
        ):
            column.append(value)
            if len(column) > 90:
                column.pop(0)


class ClusterMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = ClusterLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return await self.layer.retrieve(point=features(recorder))

    async def general_update(self, recorder: Basic_Recorder) -> None:
        plan = [str(s.get("action_took", ""))[:60] for s in recorder.steps[:10]]
        await self.layer.update(point=features(recorder), reward=float(recorder.reward), plan=plan)
