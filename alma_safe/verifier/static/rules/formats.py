"""S4xx: str.format reads attributes named in a string; the string must be known.

A receiver that the file shows is folded and its fields are checked. One that comes
from outside the expression (a parameter, an attribute, a dict) is let through; one
that is put together on the spot from unknown parts is refused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.folding import fold_text
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree
from alma_safe.verifier.static.values import attribute_values

WALK = Rule(
    id="S401",
    stage="static",
    title="format field that walks to a private attribute",
    reason="'{0.__class__}' reads attributes at run time, out of sight of the attribute rules.",
    remedy="Format plain values: '{name}'.format(name=...), or an f-string.",
)
COMPUTED = Rule(
    id="S402",
    stage="static",
    title="format string put together at run time",
    reason="Its fields may name any attribute, and nothing shows which.",
    remedy="Format a constant string, or use an f-string or string.Template.",
)
UNBOUND = Rule(
    id="S403",
    stage="static",
    title="str.format used as a function",
    reason="Called through the class it formats strings that no rule has seen.",
    remedy="Call .format on the string itself, or use an f-string.",
)

WIDTH = Rule(
    id="S404",
    stage="static",
    title="huge format width",
    reason="A width of millions makes one number fill the memory.",
    remedy="Use a width that a line can hold.",
)

RULES = (WALK, COMPUTED, UNBOUND, WIDTH)

_WIDTH = re.compile(r"\{[^{}:]*:[^{}]*\d{7,}[^{}]*\}")

_STEP = re.compile(r"[.\[]['\"]?([^.\[\]'\"]+)")
# Their result may hold any characters whatever the parts look like.
_BUILDERS = frozenset(
    {
        "join", "decode", "replace", "translate", "format", "format_map", "removeprefix",
        "removesuffix", "lower", "upper", "swapcase", "casefold", "strip", "lstrip", "rstrip",
        "expandtabs", "title", "capitalize", "ljust", "rjust", "center", "zfill",
        "b64decode", "unhexlify", "decompress", "a2b_base64", "a2b_hex", "fromhex", "sub",
    }
)  # fmt: skip
_BUILTIN_BUILDERS = frozenset({"chr", "str", "bytes", "bytearray", "repr", "ascii", "format"})
_HOPS = 6


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    for node in tree.nodes(ast.Constant):
        if isinstance(node.value, str) and "{" in node.value:
            _check_fields(node, node.value, settings, collector)
    for node in tree.nodes(ast.Attribute):
        if node.attr in ("format", "format_map") and isinstance(node.ctx, ast.Load):
            _check_receiver(tree, node, settings, collector)


def _check_fields(node: ast.AST, text: str, settings: Settings, collector: Collector) -> None:
    for reference in _references(text):
        for step in _STEP.finditer(reference):
            name = step.group(1)
            dunder = name.startswith("__") and name.rstrip().endswith("__")
            allowed = name in settings.dunder_attributes and name != "__dict__"
            if name in settings.forbidden_attributes or (dunder and not allowed):
                collector.add(WALK, node, f"a format field reads {shown(name)}")
                return


def _references(text: str) -> Iterator[str]:
    """What each field of a format refers to, read as str.format does.

    Within brackets only an opening brace ends it, which is an error there.
    """
    at = text.find("{")
    while at >= 0:
        start = end = at + 1
        inside = False
        while end < len(text) and text[end] != "{" and (inside or text[end] not in "}:!"):
            inside = text[end] == "[" or (inside and text[end] != "]")
            end += 1
        yield text[start:end]
        at = text.find("{", start)


def _check_receiver(
    tree: Tree, node: ast.Attribute, settings: Settings, collector: Collector
) -> None:
    receiver = node.value
    if tree.is_builtin(receiver, "str") or _is_type_of(tree, receiver):
        collector.add(UNBOUND, node, f"str.{node.attr} is used as a function")
        return
    if isinstance(receiver, ast.Call) and tree.is_builtin(receiver.func, "super"):
        # A subclass of str would reach it this way.
        return
    text = fold_text(tree, receiver)
    if text is not None:
        _check_fields(node, text, settings, collector)
        if _WIDTH.search(text):
            collector.add(WIDTH, node, "a format width of over a million")
    elif _is_built(tree, receiver, 0):
        collector.add(COMPUTED, node, "the string that is formatted is put together at run time")


def _is_type_of(tree: Tree, node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "__class__"
    return isinstance(node, ast.Call) and tree.is_builtin(node.func, "type")


def _is_built(tree: Tree, node: ast.expr, hops: int) -> bool:
    """Whether ``node`` puts a text together from parts that the file does not show."""
    if hops > _HOPS or fold_text(tree, node) is not None:
        return False
    if isinstance(node, ast.BinOp | ast.JoinedStr):
        return _is_text_operation(node)
    if isinstance(node, ast.Subscript):
        # A slice picks characters; an index or a key picks one of several templates.
        return isinstance(node.slice, ast.Slice)
    if isinstance(node, ast.IfExp):
        return _is_built(tree, node.body, hops + 1) or _is_built(tree, node.orelse, hops + 1)
    if isinstance(node, ast.BoolOp):
        return any(_is_built(tree, value, hops + 1) for value in node.values)
    if isinstance(node, ast.NamedExpr | ast.Await):
        return _is_built(tree, node.value, hops + 1)
    if isinstance(node, ast.Call):
        return _is_building_call(tree, node, hops)
    if isinstance(node, ast.Name):
        values = [b.value for b in tree.bindings(node) if b.kind == "value"]
        return any(_is_built(tree, value, hops + 1) for value in values if value is not None)
    if isinstance(node, ast.Attribute):
        values = list(attribute_values(tree, node) or [])
        return any(_is_built(tree, value, hops + 1) for value in values if value is not None)
    return False


def _is_text_operation(node: ast.BinOp | ast.JoinedStr) -> bool:
    if isinstance(node, ast.JoinedStr):
        # The constant parts are checked as constants; a value may hold fields of its own.
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    return isinstance(node.op, ast.Add | ast.Mult | ast.Mod)


def _is_building_call(tree: Tree, node: ast.Call, hops: int) -> bool:
    func = node.func
    if isinstance(func, ast.Name):
        if tree.bindings(func):
            path = tree.path(func)
            return path is not None and path.rpartition(".")[2] in _BUILDERS
        return func.id in _BUILTIN_BUILDERS
    if isinstance(func, ast.Attribute) and func.attr in _BUILDERS:
        if func.attr in ("strip", "lstrip", "rstrip") and not isinstance(func.value, ast.Constant):
            # Cutting the ends of an unknown template leaves it as unknown as it was.
            return _is_built(tree, func.value, hops + 1)
        return True
    return False
