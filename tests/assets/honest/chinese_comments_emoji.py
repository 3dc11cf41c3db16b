# honest: Chinese docstrings and comments, emoji in output strings, full-width punctuation
"""记忆系统：按照任务目标保存经验，并在新任务开始之前给出建议。"""

import unicodedata
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


def 归一化(文本: Any) -> str:
    """统一全角与半角字符，去掉多余空格。"""
    text = unicodedata.normalize("NFKC", str(文本)[:600])
    return " ".join(text.split())[:120]


class 经验层(Sub_memo_layer):
    """经验层：每个目标最多保存三条经验。"""

    def __init__(self) -> None:
        super().__init__(layer_intro="按目标分组的经验")
        self.database: Dict[str, List[Dict[str, Any]]] = {}

    async def retrieve(self, **kwargs) -> List[str]:
        目标 = kwargs["目标"]
        # 先找完全相同的目标，找不到就用最近的目标
        rows = self.database.get(目标)
        if rows is None:
            if not self.database:
                return []
            最近 = list(self.database)[-1]
            rows = self.database[最近]
        lines = []
        for row in rows:
            标记 = "✅" if row["reward"] >= 1 else "⚠️" if row["reward"] > 0 else "❌"
            lines.append(f"{标记} {' → '.join(row['actions'])}")
        return lines

    async def update(self, **kwargs) -> None:
        rows = self.database.setdefault(kwargs["目标"], [])
        rows.append({"actions": kwargs["actions"], "reward": kwargs["reward"]})
        rows.sort(key=lambda r: r["reward"], reverse=True)
        del rows[3:]
        # 控制总量，避免无限增长
        while len(self.database) > 80:
            self.database.pop(next(iter(self.database)))


class ChineseMemory(MemoStructure):
    """协调器：调用各层并合并结果。🧠"""

    def __init__(self) -> None:
        super().__init__()
        self.layer = 经验层()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        目标 = 归一化(recorder.init.get("goal", "") or recorder.init.get("obs", ""))
        经验 = await self.layer.retrieve(目标=目标)
        return {"💡经验": 经验, "说明": "✅ 成功，⚠️ 部分成功，❌ 失败"} if 经验 else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        目标 = 归一化(recorder.init.get("goal", "") or recorder.init.get("obs", ""))
        actions = [归一化(s.get("action_took", ""))[:50] for s in recorder.steps[:10]]
        await self.layer.update(目标=目标, actions=actions, reward=float(recorder.reward))
