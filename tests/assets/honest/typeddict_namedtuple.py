# honest: TypedDict with NotRequired, NamedTuple, cast, Literal, Final
from typing import Any, Final, Literal, NamedTuple, NotRequired, TypedDict, cast

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_ROWS: Final = 120
Outcome = Literal["success", "failure"]


class StepRow(TypedDict):
    action: str
    score: float
    note: NotRequired[str]


class Answer(TypedDict, total=False):
    outcome: Outcome
    steps: list[StepRow]
    advice: str


class Trace(NamedTuple):
    scene: str
    steps: tuple[StepRow, ...]
    outcome: Outcome

    @property
    def peak(self) -> float:
        return max((step["score"] for step in self.steps), default=0.0)


class TraceLayer(Sub_memo_layer):
    layer_intro = "Traces with the highest peak score."

    def __init__(self) -> None:
        super().__init__()
        self.traces: list[Trace] = []

    async def retrieve(self, **kwargs: Any) -> list[Trace]:
        wanted = cast(int, kwargs.get("count", 2))
        return sorted(self.traces, key=lambda trace: (trace.outcome != "success", -trace.peak))[:wanted]

    async def update(self, **kwargs: Any) -> None:
        self.traces.append(cast(Trace, kwargs["trace"]))
        if len(self.traces) > MAX_ROWS:
            self.traces.sort(key=lambda trace: trace.peak, reverse=True)
            self.traces = self.traces[:MAX_ROWS]


def as_score(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return round(number, 3) if number == number else 0.0


class TypedMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = TraceLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        answers: list[Answer] = []
        for trace in await self.layer.retrieve(count=2):
            answer: Answer = {"outcome": trace.outcome, "steps": list(trace.steps)}
            if trace.outcome == "failure":
                answer["advice"] = "do not repeat"
            answers.append(answer)
        return {"traces": answers}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        rows: list[StepRow] = []
        for step in recorder.steps[:15]:
            row = StepRow(action=str(step.get("action_took", ""))[:80], score=as_score(step.get("scores")))
            if step.get("dones"):
                row["note"] = "final"
            rows.append(row)
        outcome: Outcome = "success" if recorder.reward > 0 else "failure"
        trace = Trace(scene=str(recorder.init.get("obs", ""))[:300], steps=tuple(rows), outcome=outcome)
        await self.layer.update(trace=trace)
