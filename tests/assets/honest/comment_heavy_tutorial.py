# honest: comment-heavy tutorial style, typing.Optional/Union, numbered steps, section banners
# =============================================================================
# 1. IMPORTS
# =============================================================================
# We only need typing and the base classes.
from typing import Any, Dict, List, Optional, Union

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

# =============================================================================
# 2. CONSTANTS
# =============================================================================
MAX_TEXT = 200      # longest text we keep
MAX_LESSONS = 50    # most lessons we keep
TOP_K = 5           # most lessons we return


# =============================================================================
# 3. LAYER: LESSONS
# =============================================================================
class LessonLayer(Sub_memo_layer):
    # Step 3.1: the constructor. We call the parent first, then create our list.
    def __init__(self) -> None:
        super().__init__()
        self.layer_intro = "Lessons from score changes"
        self.lessons: List[Dict[str, Union[str, float]]] = []

    # Step 3.2: retrieve. Best lessons first.
    async def retrieve(self, **kwargs) -> List[Dict[str, Union[str, float]]]:
        # sorted() returns a NEW list, the memory itself stays in its order.
        ranked = sorted(
            self.lessons,
            key=lambda lesson: float(lesson["delta"]),  # biggest improvement first
            reverse=True,
        )
        # A slice never fails, not even on an empty list.
        return ranked[:TOP_K]

    # Step 3.3: update. Look at every pair of neighbouring steps.
    async def update(self, **kwargs) -> None:
        steps: List[Dict[str, Any]] = kwargs["steps"]
        previous: Optional[float] = None
        for step in steps:
            # Step 3.3.1: read the score (missing scores count as zero)
            score = float(step.get("scores", 0.0) or 0.0)
            # Step 3.3.2: the first step has no predecessor
            if previous is not None:
                delta = score - previous
                # Step 3.3.3: only improvements are worth a lesson
                if delta > 0:
                    self.lessons.append(
                        {
                            "action": str(step.get("action_took", ""))[:MAX_TEXT],
                            "delta": round(delta, 3),
                        }
                    )
            previous = score
        # Step 3.3.4: forget the oldest lessons
        if len(self.lessons) > MAX_LESSONS:
            self.lessons = self.lessons[-MAX_LESSONS:]


# =============================================================================
# 4. THE MEMORY
# =============================================================================
class TutorialMemory(MemoStructure):
    # Step 4.1: create the layer
    def __init__(self) -> None:
        super().__init__()
        self.lesson_layer = LessonLayer()

    # Step 4.2: called BEFORE an episode
    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        lessons = await self.lesson_layer.retrieve()
        # An empty memory answers with an empty dict.
        if not lessons:
            return {}
        return {"lessons": lessons}

    # Step 4.3: called AFTER an episode
    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.lesson_layer.update(steps=recorder.steps)


# =============================================================================
# 5. END OF FILE
# =============================================================================
