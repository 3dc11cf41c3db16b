# [expect]
# stage = "static"
# names = ["sklearn"]
# bug = "imports scikit-learn, which a design may not use"
from typing import Any, Dict, List

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class TfidfMemory(MemoStructure):
    """Nearest past episodes by TF-IDF over the rendered start state."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: List[str] = []
        self.records: List[Dict[str, Any]] = []

    def _render(self, init: Dict[str, Any]) -> str:
        return " ".join(str(value)[:1000] for value in init.values()) + " episode"

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.documents:
            return {"similar": []}
        vectorizer = TfidfVectorizer(token_pattern=r"\w+")
        matrix = vectorizer.fit_transform(self.documents + [self._render(recorder.init)])
        scores = cosine_similarity(matrix[-1], matrix[:-1])[0]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])[:3]
        return {"similar": [dict(self.records[index]) for index in order]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.documents = (self.documents + [self._render(recorder.init)])[-200:]
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]]
        self.records = (self.records + [{"actions": actions, "reward": recorder.reward}])[-200:]
