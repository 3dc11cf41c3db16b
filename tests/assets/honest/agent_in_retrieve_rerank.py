# honest: the language model is asked during retrieve, answer validated, deterministic fallback, nested functions
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class RerankMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.cases: list[dict[str, Any]] = []
        self.judge = Agent(
            system_prompt="Choose the most useful past case. Answer with its number.",
            output_schema={"number": {"type": "integer"}, "advice": {"type": "string"}},
        )

    def _candidates(self, init: dict[str, Any]) -> list[dict[str, Any]]:
        def words(source: dict[str, Any]) -> set[str]:
            return {w for value in source.values() for w in str(value)[:1000].lower().split()}

        query = words(init)

        def rank(pair: tuple[int, dict[str, Any]]) -> tuple[int, float, int]:
            index, case = pair
            return -len(query & set(case["words"])), -case["reward"], -index

        return [case for _, case in sorted(enumerate(self.cases), key=rank)[:5]]

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        candidates = self._candidates(recorder.init)
        if not candidates:
            return {}
        question = "\n".join(f"{n}: {c['actions']} -> {c['reward']}" for n, c in enumerate(candidates))
        chosen, advice = 0, ""
        try:
            answer = await self.judge.ask(question)
        except Exception:
            answer = {"error": "the model could not be reached"}
        if isinstance(answer, dict) and "error" not in answer:
            number = answer.get("number")
            if isinstance(number, int) and 0 <= number < len(candidates):
                chosen = number
            if isinstance(answer.get("advice"), str):
                advice = answer["advice"][:300]
        case = candidates[chosen]
        return {"case": {"actions": list(case["actions"]), "reward": case["reward"]}, "advice": advice}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        text = " ".join(str(value)[:1000] for value in recorder.init.values())
        self.cases.append(
            {
                "words": list(dict.fromkeys(text.lower().split()))[:100],
                "actions": [str(s.get("action_took", ""))[:60] for s in recorder.steps[:10]],
                "reward": float(recorder.reward),
            }
        )
        self.cases = self.cases[-100:]
