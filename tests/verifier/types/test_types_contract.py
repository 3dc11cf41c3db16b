"""The shape of the contract, and bugs that mypy alone does not report."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alma_safe.report import StageResult

type Check = Callable[[str], StageResult]

HEAD = """\
import asyncio
import json
from typing import Any, Dict, List, Optional
import numpy as np
from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent, Embedding

class Layer(Sub_memo_layer):
    async def retrieve(self, **kwargs):
        return []
    async def update(self, **kwargs):
        return None
"""
RETRIEVE = "    async def general_retrieve(self, recorder):\n        return {}\n"
UPDATE = "    async def general_update(self, recorder):\n        return None\n"


def memory(*methods: str) -> str:
    return HEAD + "class Memory(MemoStructure):\n" + "".join(methods)


def body(*lines: str) -> str:
    text = "".join(f"        {line}\n" for line in lines)
    init = (
        "    def __init__(self):\n        super().__init__()\n"
        "        self.layer = Layer()\n        self.lock = asyncio.Lock()\n"
        "        self.rows: List[str] = []\n        self.agent = Agent('x')\n"
    )
    head = "    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:\n"
    return memory(init, head, text, UPDATE)


def rules(result: StageResult) -> list[str]:
    return [finding.rule for finding in result.findings if finding.blocks]


@pytest.mark.parametrize(
    "signature",
    [
        "def general_retrieve(self, recorder)",
        "def general_retrieve(self, recorder) -> Dict[str, Any]",
        "async def general_retrieve(self)",
        "async def general_retrieve(self, recorder, limit)",
        "async def general_retrieve(self, *, recorder)",
        "async def general_retrieve(self, recorder, *, limit)",
        "async def general_retrieve(self, recorder) -> List[str]",
        "async def general_retrieve(self, recorder) -> str",
        "async def general_retrieve(self, recorder) -> None",
        "async def general_retrieve(self, recorder) -> tuple[dict, int]",
    ],
)
def test_retrieve_of_the_wrong_shape_is_refused(signature: str, check: Check) -> None:
    result = check(memory(f"    {signature}:\n        raise NotImplementedError\n", UPDATE))
    assert "mypy.override" in rules(result)
    assert "general_retrieve" in result.findings[0].message


@pytest.mark.parametrize(
    "signature",
    [
        "async def general_retrieve(self, episode)",
        "async def general_retrieve(self, recorder=None)",
        "async def general_retrieve(self, *args, **kwargs)",
        "async def general_retrieve(self, recorder: 'Basic_Recorder', k: int = 3)",
        "async def general_retrieve(self, recorder: Any, /) -> Dict",
        "async def general_retrieve(self, recorder: dict) -> Optional[Dict[str, str]]",
    ],
)
def test_retrieve_with_other_names_or_defaults_passes(signature: str, check: Check) -> None:
    assert rules(check(memory(f"    {signature}:\n        return {{}}\n", UPDATE))) == []


@pytest.mark.parametrize("annotation", ["dict", "bool", "List[str]", "Dict[str, Any]"])
def test_update_declared_to_return_a_value_is_refused(annotation: str, check: Check) -> None:
    update = f"    async def general_update(self, recorder) -> {annotation}:\n        ...\n"
    assert "mypy.override" in rules(check(memory(RETRIEVE, update)))


def test_layer_that_is_not_async_is_refused(check: Check) -> None:
    layer = (
        "class Plain(Sub_memo_layer):\n"
        "    def retrieve(self, query):\n        return []\n"
        "    async def update(self, item):\n        return None\n"
    )
    result = check(HEAD + layer)
    assert rules(result) == ["mypy.override"]
    assert '"retrieve" of "Plain"' in result.findings[0].message


def test_design_without_a_complete_class_is_refused_naming_the_method(check: Check) -> None:
    result = check(memory(RETRIEVE, UPDATE.replace("general_update", "general_udpate")))
    assert rules(result) == ["mypy.abstract"]
    assert "general_update" in result.findings[0].message


@pytest.mark.parametrize(
    "lines",
    [
        ['return {"rows": self.layer.retrieve()}'],
        ["found = self.layer.retrieve()", 'return {"found": found}'],
        ['return {"text": json.dumps(self.layer.retrieve())}'],
        ['return {"text": f"{self.layer.retrieve()}"}'],
        ["if self.layer.retrieve():", "    pass", "return {}"],
        ["rows = list(self.layer.retrieve())", "return {}"],
        ["for row in self.layer.retrieve():", "    pass", "return {}"],
        ["reply = self.agent.ask('x')", "return {'a': reply.get('a')}"],
        ["self.layer.update(x=1)", "return {}"],
        ["return self.layer.retrieve()"],
        ["asyncio.sleep(0)", "return {}"],
    ],
)
def test_forgotten_await_is_refused_and_the_hint_spells_it_out(
    lines: list[str], check: Check
) -> None:
    found = [finding for finding in check(body(*lines)).findings if finding.blocks]
    assert found
    assert any("await" in finding.hint for finding in found)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("self.rows.push('x')", "push"),
        ("self.rows.add('x')", "add"),
        ("recorder.trajectory", "trajectory"),
        ("recorder.get('init')", "get"),
        ("recorder['init']", "Basic_Recorder"),
        ("recorder.init.obs", "obs"),
        ("self.layers", "layers"),
        ("self.layer.recall()", "recall"),
        ("json.parse('{}')", "parse"),
        ("await self.agent.chat('x')", "chat"),
        ("Agent('x', temperature=0.5)", "temperature"),
        ("await Embedding().embed('x')", "embed"),
        ("with self.lock: pass", "__enter__"),
        ("super().general_reset()", "general_reset"),
        ("await self.rows", "await"),
        ("undefined_name", "undefined_name"),
        ("recorder.reward()", "not callable"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(line: str, name: str, check: Check) -> None:
    found = [item for item in check(body(line, "return {}")).findings if item.blocks]
    assert found
    assert name in found[0].message


def test_hint_lists_what_the_class_has(check: Check) -> None:
    hint = check(body("recorder.step", "return {}")).findings[0].hint
    assert 'did you mean "steps"?' in hint
    assert "init" in hint


@pytest.mark.parametrize(
    "lines",
    [
        ["rows: List[float] = np.zeros(3)", "return {'n': float(rows.mean())}"],
        ["text = recorder.init", "text = str(text)", "return {'t': text.upper()}"],
        ["self.extra = 1", "return {'e': self.extra}"],
        ["try:", "    return {'a': self.missing}", "except AttributeError:", "    return {}"],
        ["if hasattr(self, 'late'):", "    return {'a': self.late}", "return {}"],
    ],
)
def test_an_attribute_that_may_well_exist_only_informs(lines: list[str], check: Check) -> None:
    assert rules(check(body(*lines))) == []


def test_place_counts_characters_from_one(check: Check) -> None:
    result = check(body("x = '日本語🙂'; self.nowhere", "return {}"))
    finding = result.findings[0]
    source = body("x = '日本語🙂'; self.nowhere", "return {}").splitlines()[finding.line - 1]
    assert source[finding.column - 1 :] == "self.nowhere"
