# honest: time.time() timestamps with exponential decay, datetime metadata, uuid4 ids that never leave the object
import datetime as dt
import math
import time
import uuid
from dataclasses import dataclass, field

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


@dataclass
class Trace:
    text: str
    strength: float
    touched: float = field(default_factory=time.time)
    created: str = field(default_factory=lambda: dt.datetime.now(dt.timezone.utc).isoformat())
    ident: str = field(default_factory=lambda: str(uuid.uuid4()))

    def value(self, now: float, half_life: float) -> float:
        age = max(0.0, now - self.touched)
        return self.strength * math.exp(-math.log(2) * age / half_life)


class DecayLayer(Sub_memo_layer):
    HALF_LIFE = 6 * 3600.0

    def __init__(self) -> None:
        super().__init__(layer_intro="Forgetting curve")
        self.traces: dict[str, Trace] = {}
        self.by_text: dict[str, str] = {}

    async def retrieve(self, **kwargs) -> list[str]:
        now = time.time()
        ranked = sorted(
            self.traces.values(), key=lambda t: (-round(t.value(now, self.HALF_LIFE), 6), t.text)
        )
        return [trace.text for trace in ranked[:6]]

    async def update(self, **kwargs) -> None:
        now = time.time()
        text, gain = kwargs["text"], kwargs["gain"]
        known = self.by_text.get(text)
        if known is None:
            trace = Trace(text=text, strength=gain)
            self.traces[trace.ident] = trace
            self.by_text[text] = trace.ident
        else:
            trace = self.traces[known]
            trace.strength = trace.value(now, self.HALF_LIFE) + gain
            trace.touched = now
        if len(self.traces) > 150:
            faint = min(self.traces.values(), key=lambda t: (round(t.value(now, self.HALF_LIFE), 6), t.text))
            del self.traces[faint.ident]
            del self.by_text[faint.text]


class DecayMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = DecayLayer()
        self.started = time.monotonic()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict:
        return {"fresh_and_strong": await self.layer.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for earlier, later in zip(recorder.steps[:40], recorder.steps[1:41]):
            text = f"{str(earlier.get('action_took', ''))[:50]} => {str(later.get('action_took', ''))[:50]}"
            await self.layer.update(text=text, gain=0.1 + float(recorder.reward))
