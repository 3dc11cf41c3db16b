# honest: a filter of warnings at import time, handlers found by an f-string, format_map
import json
import random
import re
from collections import defaultdict
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional
import traceback
import warnings

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

warnings.filterwarnings("ignore", category=DeprecationWarning)

TEMPLATE = "In situations like '{situation}' the action '{action}' led to: {result} (confidence {confidence:.0%})"


class SafeDict(dict):
    def __missing__(self, key):
        return "{" + key + "}"


class RuleLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__(layer_intro="IF-THEN rules with confidence", database={})
        self.rng = random.Random(42)
        self.created_at = datetime.now(timezone.utc)

    def _on_progress(self, rule: Dict[str, Any]) -> None:
        rule["confidence"] = min(0.99, rule["confidence"] + 0.2 * (1 - rule["confidence"]))

    def _on_same(self, rule: Dict[str, Any]) -> None:
        rule["confidence"] = max(0.01, rule["confidence"] * 0.8)

    def _on_change(self, rule: Dict[str, Any]) -> None:
        rule["confidence"] = rule["confidence"] * 0.95 + 0.5 * 0.05

    async def update(self, **kwargs) -> None:
        for situation, action, result, kind in kwargs["events"]:
            key = f"{situation}||{action}"
            rule = self.database.setdefault(
                key, {"situation": situation, "action": action, "result": result, "confidence": 0.5, "n": 0}
            )
            handler = getattr(self, f"_on_{kind}", None)
            if handler is not None:
                handler(rule)
            rule["n"] += 1
            rule["result"] = result
        if len(self.database) > 250:
            weakest = sorted(self.database, key=lambda k: (abs(self.database[k]["confidence"] - 0.5), self.database[k]["n"], k))
            for key in weakest[: len(self.database) - 200]:
                del self.database[key]

    async def retrieve(self, **kwargs) -> List[str]:
        words = set(kwargs["situation"].split())
        ranked = []
        for rule in self.database.values():
            overlap = len(words & set(rule["situation"].split()))
            if overlap or not words:
                ranked.append((overlap * rule["confidence"], rule))
        ranked.sort(key=lambda p: (-p[0], p[1]["action"], p[1]["situation"]))
        return [TEMPLATE.format(**r) for s, r in ranked[:5] if r["confidence"] > 0.55]


class RuleMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.rules = RuleLayer()
        self.errors: List[str] = []

    def situation(self, d: Dict[str, Any]) -> str:
        text = str(d.get("obs", "") or d.get("long_term_context", ""))
        text = re.sub(r"\d+", lambda m: "#" * len(m.group(0)), text.lower())
        words = [w for w in re.findall(r"[a-z#]+", text) if len(w) > 4]
        return " ".join(sorted(set(words[:12])))

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        try:
            rules = await self.rules.retrieve(situation=self.situation(recorder.init))
        except Exception:
            self.errors.append(traceback.format_exc())
            del self.errors[:-5]
            rules = []
        note = "{intro}: {n} rules".format_map(SafeDict(intro=self.rules.layer_intro, n=len(self.rules.database)))
        return {"rules": rules, "note": note} if rules else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        events = []
        before = recorder.init
        best = 0
        for step in recorder.steps:
            action = step.get("action_took", "")
            if isinstance(action, list):
                action = json.dumps(action)
            result = str(step.get("obs", "") or step.get("long_term_context", "")).strip()[:80].replace("\n", " ")
            score = step.get("scores", 0) or 0
            if score > best:
                kind = "progress"
                best = score
            elif result == str(before.get("obs", "") or before.get("long_term_context", "")).strip()[:80].replace("\n", " "):
                kind = "same"
            else:
                kind = "change"
            events.append((self.situation(before), str(action)[:60], result, kind))
            before = step
        await self.rules.update(events=events)
