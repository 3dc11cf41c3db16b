"""A design of many lines whose own calls cost little: what the length alone costs the gate.

The long honest samples do much in every call; here a small design is followed by the layers
and helpers of the other shipped ones, which are loaded, checked and never called.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

DESIGNS = Path(__file__).resolve().parent.parent / "designs"
_CALLED = "bm25_notes.py"
_WHOLE = "MemoStructure"
# A design that names it gets guests with a vector store in memory: no matter of length.
_STORE = "langchain_chroma"


def lengthened(lines: int) -> bytes:
    """A design of about ``lines`` lines, none more, made of as many shipped ones as fit."""
    called = (DESIGNS / _CALLED).read_text(encoding="utf-8")
    text = called
    parts: list[str] = []
    imports: dict[str, None] = {}
    for number, path in enumerate(sorted(DESIGNS.glob("*.py"))):
        if path.name == _CALLED:
            continue
        other = path.read_text(encoding="utf-8")
        if _STORE in other:
            continue
        wanted = {**imports, **dict.fromkeys(_imports(other))}
        longer = _joined(called, wanted, [*parts, _apart(other, number)])
        if longer.count("\n") <= lines:
            text, imports = longer, wanted
            parts.append(_apart(other, number))
    return text.encode()


def _joined(called: str, imports: dict[str, None], parts: list[str]) -> str:
    head = "from __future__ import annotations\n"
    # What the called one imports is in its own text.
    wanted = [each for each in imports if each not in {head.strip(), *_imports(called)}]
    return "\n\n".join([head + "\n".join(wanted), called.replace(head, ""), *parts])


def _imports(text: str) -> Iterator[str]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                node.names = [alias]
                yield ast.unparse(node)


def _apart(text: str, number: int) -> str:
    """The layers and helpers of one design, under names that no other has."""
    nodes = [
        node
        for node in ast.parse(text).body
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)
        and not (isinstance(node, ast.ClassDef) and _WHOLE in map(ast.unparse, node.bases))
    ]
    taken = [
        name
        for node in nodes
        for name in (
            [node.name]
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            else [each.id for each in ast.walk(node)
                  if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        )
    ]  # fmt: skip
    rows = text.split("\n")
    kept = "\n\n".join("\n".join(rows[_first(node) - 1 : node.end_lineno]) for node in nodes)
    if not taken:
        return kept
    pattern = rf"(?<!\.)\b({'|'.join(map(re.escape, taken))})\b(?!=\w)"
    return re.sub(pattern, rf"\1_{number}", kept) + "\n"


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(int(each.lineno) for each in decorators)])
