"""The stubs promise what the guest keeps."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[3] / "alma_safe"
STUBS = PACKAGE / "verifier" / "types" / "stubs"
GUEST = PACKAGE / "sandbox" / "guest"

PAIRS = [
    ("utils/hire_agent.pyi", "names/utils/hire_agent.py"),
    ("langchain_chroma/__init__.pyi", "standin/langchain_chroma/__init__.py"),
]


def public_signatures(path: Path) -> dict[str, tuple[list[str], int, bool]]:
    """Name -> (parameters, how many have defaults, async) of every public method."""
    signatures = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        for item in node.body:
            if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if item.name.startswith("_") and item.name not in ("__init__", "__call__"):
                continue
            signatures[f"{node.name}.{item.name}"] = (
                [argument.arg for argument in (*item.args.args, *item.args.kwonlyargs)],
                len(item.args.defaults),
                isinstance(item, ast.AsyncFunctionDef),
            )
    return signatures


@pytest.mark.parametrize(("stub", "module"), PAIRS)
def test_stub_has_the_guest_s_methods_and_parameters(stub: str, module: str) -> None:
    assert public_signatures(STUBS / stub) == public_signatures(GUEST / module)


def test_only_designs_names_have_stubs() -> None:
    assert sorted(path.name for path in STUBS.iterdir()) == [
        "agents", "alma_safe", "eval_envs", "langchain_chroma", "langchain_core", "networkx",
        "numpy", "scipy", "utils",
    ]  # fmt: skip
