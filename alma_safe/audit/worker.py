"""The worker process: reads a source, answers what it holds. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from alma_safe.search.trees.descriptors import described
from alma_safe.verifier.bounded.serving import Answering, serve

_MODELS = {
    "ask": "language model",
    "get_embedding": "embedding",
    "get_batch_embeddings": "embedding",
}
_BROAD = {"Exception", "BaseException"}
_MOST = 200


def main() -> None:
    """Serve requests until stdin is closed."""
    serve(_prepared)


def _prepared(hello: Mapping[str, Any]) -> Answering:
    def answer(request: Mapping[str, Any]) -> dict[str, Any]:
        return manifest(request["source"], frozenset(request["words"]))

    return answer


def manifest(source: str, words: frozenset[str]) -> dict[str, Any]:
    """What a source imports, asks and holds. ``words``: of the domain, in small letters."""
    tree = ast.parse(source)
    size = len(source.encode("utf-8", "surrogatepass"))
    return {
        "shape": described(tree, size),
        "imports": sorted(set(_imports(tree))),
        "models": sorted(_models(tree), key=_line)[:_MOST],
        "broad_excepts": sorted(
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.ExceptHandler) and _broad(node)
        )[:_MOST],
        "domain_literals": sorted(_literals(tree, words), key=_line)[:_MOST],
        "classes": [
            {
                "name": node.name,
                "line": node.lineno,
                "bases": [ast.unparse(b)[:80] for b in node.bases],
            }
            for node in tree.body
            if isinstance(node, ast.ClassDef)
        ][:_MOST],
        "longest_function": max(
            (
                (node.end_lineno or node.lineno) - node.lineno + 1
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            ),
            default=0,
        ),
    }


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _models(tree: ast.Module) -> Iterator[dict[str, Any]]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _MODELS
        ):
            yield {"line": node.lineno, "kind": _MODELS[node.func.attr]}


def _line(found: Mapping[str, Any]) -> int:
    """Its place: a tree is walked level by level, and people read from top to bottom."""
    return int(found["line"])


def _broad(node: ast.ExceptHandler) -> bool:
    if node.type is None:
        return True
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(isinstance(kind, ast.Name) and kind.id in _BROAD for kind in kinds)


def _literals(tree: ast.Module, words: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Texts that are words of the domain: what a design should have learned instead."""
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documented
        ):
            text = node.value.strip().lower()
            if text in words:
                yield {"line": node.lineno, "text": text[:60]}


if __name__ == "__main__":
    main()
