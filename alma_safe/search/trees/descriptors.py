"""What a design is like: its size, what it stores in, how it finds things again, its calls."""

from __future__ import annotations

import ast
from typing import Any

from alma_safe.search.trees.parts import layers

_STORES = {
    "graph": {"Graph", "DiGraph", "MultiGraph", "MultiDiGraph"},
    "vectors": {"Chroma"},
    "counts": {"Counter"},
    "queue": {"deque"},
    "ordered": {"OrderedDict"},
    "groups": {"defaultdict"},
    "arrays": {"array", "zeros", "ones", "empty"},
}
_RETRIEVALS = {
    "embedding": {"Embedding", "get_embedding", "get_batch_embeddings", "embed"},
    "vector search": {"similarity_search", "similarity_search_with_score"},
    "model": {"ask", "Agent"},
    "graph walk": {"neighbors", "successors", "predecessors", "shortest_path", "pagerank",
                   "single_source_shortest_path_length", "ego_graph", "out_edges", "in_edges"},
    "ranking": {"sorted", "most_common", "nlargest", "max"},
    "pattern": {"search", "fullmatch", "findall", "match"},
}  # fmt: skip
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.BoolOp, ast.IfExp,
             ast.comprehension, ast.match_case)  # fmt: skip


def described(tree: ast.Module, size: int) -> dict[str, Any]:
    """Return sizes and kinds as plain JSON values. ``size``: bytes of the source."""
    called = [_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = set(called)
    literals = sum(isinstance(node, ast.Dict) for node in ast.walk(tree))
    stores = sorted(kind for kind, makers in _STORES.items() if makers & names)
    found = sorted(kind for kind, makers in _RETRIEVALS.items() if makers & names)
    return {
        "bytes": size,
        "lines": max((getattr(node, "end_lineno", 0) for node in tree.body), default=0),
        "layers": len(layers(tree)),
        "functions": sum(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree)
        ),
        "branches": sum(isinstance(node, _BRANCHES) for node in ast.walk(tree)),
        "stores": stores or (["mappings"] if literals else []),
        "retrievals": found,
        "model_calls": called.count("ask"),
        "embedding_calls": sum(called.count(name) for name in _RETRIEVALS["embedding"]),
    }


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
