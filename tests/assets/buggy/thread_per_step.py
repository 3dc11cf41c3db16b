# [expect]
# stage = "static"
# names = ["threading"]
# bug = "starts a thread for every step of an episode"
import threading
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class ParallelCounter(MemoStructure):
    """Counts useful actions; every step is scored in its own thread."""

    def __init__(self) -> None:
        super().__init__()
        self.values: Dict[str, float] = {}
        self.guard = threading.Lock()

    def _score(self, action: str, gain: float) -> None:
        with self.guard:
            old = self.values.get(action, 0.0)
            self.values[action] = old + 0.1 * (gain - old)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        best = sorted(self.values.items(), key=lambda pair: (-pair[1], pair[0]))[:6]
        return {"promising_actions": [name for name, _ in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        workers: List[threading.Thread] = []
        for step in recorder.steps:
            action = str(step.get("action_took", ""))[:60]
            worker = threading.Thread(target=self._score, args=(action, float(recorder.reward)))
            worker.start()
            workers.append(worker)
        for worker in workers:
            worker.join()
        self.values = dict(list(self.values.items())[-500:])
