# honest: getattr/hasattr/isinstance with constant names and defaults on the recorder
from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class DefensiveLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__(layer_intro="Very defensive layer")
        self.rows = []

    async def retrieve(self, **kwargs):
        limit = kwargs.get("limit")
        if not isinstance(limit, int) or isinstance(limit, bool):
            limit = 3
        return list(self.rows[-limit:])

    async def update(self, **kwargs):
        recorder = kwargs.get("recorder", None)
        reward = getattr(recorder, "reward", 0.0)
        steps = getattr(recorder, "steps", None) or []
        init = getattr(recorder, "init", {}) or {}
        if not hasattr(recorder, "steps") or not isinstance(init, dict):
            return
        actions = []
        for step in steps:
            taken = step.get("action_took") if isinstance(step, dict) else None
            if isinstance(taken, (list, tuple)):
                taken = " ".join(str(part) for part in taken)
            if taken:
                actions.append(str(taken)[:60])
        self.rows.append({"actions": actions[:10], "reward": float(reward if reward is not None else 0.0)})
        self.rows = self.rows[-60:]


class DefensiveMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layer = DefensiveLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict:
        layer = getattr(self, "layer", None)
        return {"recent": await layer.retrieve(limit=4) if layer is not None else []}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(recorder=recorder)
