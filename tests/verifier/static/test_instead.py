"""A refused import says what there is instead: whoever writes a design does not see the table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from alma_safe.policy import load_policy
from alma_safe.verifier.static.building import STARS
from alma_safe.verifier.static.instead import ALTERNATIVES
from tests.verifier.static.conftest import DESIGN, judge_all

TABLE = load_policy("strict").import_table
PACKAGE = Path(__file__).resolve().parents[3] / "alma_safe"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("import pandas", "lists of dicts"),
        ("from langchain_core.embeddings import Embeddings", "Embedding from utils.hire_agent"),
        ("import torch", "collections, "),
        ("from sys import path", "maxsize"),
        ("from numpy import argsorted", "argsort"),
        ("from operator import attrgetter", "lambda"),
        ("from random import *\nx = Random(1)", "from random import Random"),
        ("x = vars", "dict(self.__dict__)"),
    ],
)
def test_hint_names_what_can_be_used(line: str, hint: str) -> None:
    (result,) = judge_all([f"{line}\n{DESIGN}".encode()])
    assert any(hint in finding.hint for finding in result.findings if finding.blocks)


def test_alternatives_stand_for_what_is_refused() -> None:
    for name in ALTERNATIVES:
        module, _, last = name.rpartition(".")
        assert name not in TABLE
        assert last not in TABLE.get(module, ())


@pytest.mark.parametrize("module", sorted(STARS))
def test_a_star_binds_what_the_module_of_the_guest_says(module: str) -> None:
    own = module == "alma_safe.contract"
    path = PACKAGE / ("contract" if own else f"sandbox/guest/names/{module.replace('.', '/')}")
    source = ast.parse(path.with_suffix(".py").read_text(encoding="utf-8"))
    (said,) = (
        ast.literal_eval(node.value)
        for node in source.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert sorted(said) == sorted(STARS[module]) == sorted(TABLE[module])
