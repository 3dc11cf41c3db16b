"""The classes that designs build on."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys

import pytest

from alma_safe import contract
from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer


class Layer(Sub_memo_layer):
    async def retrieve(self, **kwargs):
        return self.database

    async def update(self, **kwargs):
        self.database = kwargs


class Memory(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None


def test_recorders_share_nothing() -> None:
    first, second = Basic_Recorder(), Basic_Recorder()
    first.init["a"] = 1
    first.steps.append({})
    first.memory_retrieved["b"] = 2
    assert (second.init, second.steps, second.memory_retrieved) == ({}, [], {})
    assert second.reward == 0.0


def test_recorders_with_equal_content_are_equal() -> None:
    assert Basic_Recorder(init={"obs": "x"}) == Basic_Recorder(init={"obs": "x"})
    assert "_lock" not in repr(Basic_Recorder())


def test_layer_has_an_intro_and_a_store() -> None:
    layer = Layer("what it holds")
    assert (layer.layer_intro, layer.database) == ("what it holds", None)
    asyncio.run(layer.update(a=1))
    assert asyncio.run(layer.retrieve()) == {"a": 1}


def test_structure_starts_without_a_store() -> None:
    assert Memory().database is None


@pytest.mark.parametrize("cls", [MemoStructure, Sub_memo_layer])
def test_abstract_classes_cannot_be_made(cls: type) -> None:
    with pytest.raises(TypeError, match="abstract"):
        cls()


@pytest.mark.parametrize(
    ("cls", "method", "parameters"),
    [
        (MemoStructure, "general_retrieve", ["self", "recorder"]),
        (MemoStructure, "general_update", ["self", "recorder"]),
        (Sub_memo_layer, "retrieve", ["self", "kwargs"]),
        (Sub_memo_layer, "update", ["self", "kwargs"]),
    ],
)
def test_methods_of_the_contract(cls: type, method: str, parameters: list[str]) -> None:
    function = getattr(cls, method)
    assert inspect.iscoroutinefunction(function)
    assert list(inspect.signature(function).parameters) == parameters


def test_contract_needs_the_standard_library_alone() -> None:
    program = (
        "import sys, runpy\n"
        f"runpy.run_path({contract.__file__!r})\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(tops - set(sys.stdlib_module_names) - {'__main__', '__mp_main__'}))\n"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
