"""S6xx: ways of telling the checkers to look away. Comments have no effect and are named."""

from __future__ import annotations

import ast
import re

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree

COMMENT = Rule(
    id="S601",
    stage="static",
    title="suppression comment",
    reason="Comments that switch checks off have no effect here; they only mislead readers.",
    remedy="Remove the comment and fix what it hides.",
    warns=True,
)
NO_TYPE_CHECK = Rule(
    id="S602",
    stage="static",
    title="type checks switched off in code",
    reason="no_type_check hides a function from the type checker.",
    remedy="Remove the decorator and annotate with Any where a type is unknown.",
)
TYPE_CHECKING_CODE = Rule(
    id="S603",
    stage="static",
    title="code that only the type checker, or only the interpreter, sees",
    reason="What is checked would not be what runs.",
    remedy="Keep only imports and type aliases under if TYPE_CHECKING, and no else branch "
    "with other code.",
)
TYPE_CHECKING_SET = Rule(
    id="S604",
    stage="static",
    title="TYPE_CHECKING or MYPY assigned",
    reason="The type checker takes these names for true whatever they are set to.",
    remedy="Import TYPE_CHECKING from typing and leave it alone.",
)

FILE_WIDE = Rule(
    id="S605",
    stage="static",
    title="type checks switched off for the whole file",
    reason="A file-wide switch or a type comment tries to replace what the checker would see.",
    remedy="Remove the comment; type checks run with the gate's own configuration.",
)

RULES = (COMMENT, NO_TYPE_CHECK, TYPE_CHECKING_CODE, TYPE_CHECKING_SET, FILE_WIDE)

_COMMENT = re.compile(
    r"#[^\n]*?\b(type:\s*ignore|type:\s*\(|noqa|nosec|mypy:|pylint:|ruff:|pyright:|fmt:\s*off|isort:\s*skip)",
    re.IGNORECASE,
)
_FILE_WIDE = re.compile(
    r"#\s*mypy:|#\s*pyright:\s*(?!ignore)|^\s*#\s*type:\s*ignore", re.IGNORECASE
)
_FLAGS = frozenset({"TYPE_CHECKING", "MYPY"})
# What a type alias, a version flag or a fallback value is made of.
_TYPE_PARTS = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.BinOp,
    ast.Dict,
)
_HARMLESS = (ast.Import, ast.ImportFrom, ast.Pass, ast.TypeAlias)


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    _check_comments(tree, collector)
    for node in tree.nodes(ast.Name):
        if node.id in ("no_type_check", "no_type_check_decorator"):
            collector.add(NO_TYPE_CHECK, node, f"{node.id} is used")
        elif node.id in _FLAGS and not isinstance(node.ctx, ast.Load):
            collector.add(TYPE_CHECKING_SET, node, f"{node.id} is assigned")
    for node in tree.nodes(ast.alias):
        if node.asname in _FLAGS and node.name != node.asname:
            collector.add(TYPE_CHECKING_SET, node, f"{shown(node.name)} as {node.asname}")
    for node in tree.nodes(ast.arg):
        if node.arg in _FLAGS:
            collector.add(TYPE_CHECKING_SET, node, f"{node.arg} is a parameter")
    for node in tree.nodes(ast.If):
        kind = _flag(node.test)
        if kind:
            hidden, seen = (node.orelse, node.body) if kind > 0 else (node.body, node.orelse)
            _check_branch(tree, seen, collector)
            _check_branch(tree, hidden, collector)
    for node in tree.nodes(ast.IfExp, ast.While, ast.Assert):
        if _flag(node.test):
            collector.add(TYPE_CHECKING_CODE, node, "an expression depends on TYPE_CHECKING")
    for node in tree.nodes(ast.BoolOp):
        if any(_flag(value) for value in node.values):
            collector.add(TYPE_CHECKING_CODE, node, "a condition depends on TYPE_CHECKING")


def _flag(test: ast.expr) -> int:
    """1 for TYPE_CHECKING or MYPY, -1 for its negation, else 0."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return -_flag(test.operand)
    if isinstance(test, ast.Name) and test.id in _FLAGS:
        return 1
    if isinstance(test, ast.Attribute) and test.attr in _FLAGS:
        return 1
    return 0


def _check_branch(tree: Tree, body: list[ast.stmt], collector: Collector) -> None:
    for statement in body:
        if isinstance(statement, _HARMLESS) or _is_alias(tree, statement):
            continue
        what = type(statement).__name__
        collector.add(TYPE_CHECKING_CODE, statement, f"{what} in a TYPE_CHECKING branch")


def _is_alias(tree: Tree, statement: ast.stmt) -> bool:
    """``Name = <names, attributes, subscripts, constants>``; docstrings."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if not all(isinstance(target, ast.Name) for target in targets):
        return False
    if statement.value is None:
        return True
    value = statement.value
    if isinstance(value, ast.Call) and (tree.path(value.func) or "").startswith("typing."):
        # TypeVar("T"), NewType("Name", str).
        return True
    return all(
        isinstance(node, _TYPE_PARTS)
        and not (isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr))
        for node in ast.walk(statement.value)
        if isinstance(node, ast.expr)
    )


def _check_comments(tree: Tree, collector: Collector) -> None:
    source = tree.source
    found = list(_COMMENT.finditer(source))
    if not found:
        return
    spans = _string_spans(tree)
    for match in found[:200]:
        line = source.count("\n", 0, match.start()) + 1
        start = source.rfind("\n", 0, match.start()) + 1
        text = source[start : match.start()]
        column = len(text.encode("utf-8", errors="replace"))
        if any(first <= (line, column) < last for first, last in spans):
            continue
        what = " ".join(match.group(1).split())
        if _FILE_WIDE.search(source[start : source.find("\n", start) + 1 or None]):
            message = f"the comment {shown(what)} is for the whole file"
            collector.add(FILE_WIDE, (line, len(text) + 1), message)
            continue
        collector.add(COMMENT, (line, len(text) + 1), f"the comment {shown(what)} has no effect")


def _string_spans(tree: Tree) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    spans = []
    for node in tree.nodes(ast.Constant, ast.JoinedStr):
        if isinstance(node, ast.JoinedStr) or isinstance(node.value, str):
            end = (node.end_lineno or 0, node.end_col_offset or 0)
            spans.append(((node.lineno, node.col_offset), end))
    return spans
