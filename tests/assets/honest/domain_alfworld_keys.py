# honest: one domain only (ALFWorld), actions_list of init and steps indexed directly
from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class AdmissibleLayer(Sub_memo_layer):
    """Learns which admissible action patterns were chosen in episodes that ended well."""

    def __init__(self):
        super().__init__()
        self.layer_intro = "Value of action shapes, numbers removed"
        self.database = {}

    @staticmethod
    def shape(action):
        return " ".join("#" if part.isdigit() else part for part in action.split())[:80]

    async def retrieve(self, **kwargs):
        options = []
        for action in kwargs["actions_list"]:
            value = self.database.get(self.shape(action))
            if value is not None:
                options.append({"action": action[:80], "value": round(value, 3)})
        options.sort(key=lambda o: o["value"], reverse=True)
        return options[:8]

    async def update(self, **kwargs):
        discounted = kwargs["reward"]
        for step in reversed(kwargs["steps"]):
            key = self.shape(step["action_took"])
            old = self.database.get(key, 0.5)
            self.database[key] = old + 0.2 * (discounted - old)
            discounted *= 0.95
        for key in list(self.database)[:-400]:
            self.database.pop(key)


class NeverTriedLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__(layer_intro="Offered often, tried never")
        self.offered = {}
        self.tried = set()

    async def retrieve(self, **kwargs):
        fresh = [s for s in self.offered if s not in self.tried]
        return sorted(fresh, key=lambda s: (-self.offered[s], s))[:5]

    async def update(self, **kwargs):
        for step in kwargs["steps"]:
            self.tried.add(AdmissibleLayer.shape(step["action_took"]))
            for action in step["actions_list"]:
                shape = AdmissibleLayer.shape(action)
                self.offered[shape] = self.offered.get(shape, 0) + 1
        if len(self.offered) > 600:
            self.offered = dict(sorted(self.offered.items(), key=lambda kv: (-kv[1], kv[0]))[:300])
            self.tried &= set(self.offered)


class AlfworldMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.admissible = AdmissibleLayer()
        self.never = NeverTriedLayer()

    async def general_retrieve(self, recorder: Basic_Recorder):
        options = await self.admissible.retrieve(actions_list=recorder.init["actions_list"])
        return {"known_options": options, "never_tried": await self.never.retrieve()}

    async def general_update(self, recorder: Basic_Recorder):
        await self.admissible.update(steps=recorder.steps, reward=recorder.reward)
        await self.never.update(steps=recorder.steps)
