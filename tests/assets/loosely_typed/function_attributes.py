from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


def clean(text):
    clean.calls += 1
    return str(text).strip()


clean.calls = 0


def cached(function):
    def wrapper(text):
        if text not in wrapper.cache:
            wrapper.cache[text] = function(text)
        return wrapper.cache[text]

    wrapper.cache = {}
    wrapper.inner = function
    return wrapper


@cached
def shout(text):
    return text.upper()


class Memory(MemoStructure):
    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        def score(row):
            score.n = getattr(score, "n", 0) + 1
            return row

        return {
            "goal": shout(clean(recorder.init.get("goal", ""))),
            "s": score(1),
            "i": shout.inner("a"),
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        return None
