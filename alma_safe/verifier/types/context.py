"""What the source says around a place that mypy complains about.

Runs in the subprocess only: it parses hostile text. Everything is built on first use,
because most designs give mypy no reason to ask.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

type Span = tuple[int, int, int, int]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NO_MIXING = frozenset({"ABC", "Generic", "Protocol", "Enum", "str", "int", "NamedTuple"})


class Context:
    """Answers questions about places in one design. Lines from 1, columns in bytes from 0."""

    def __init__(self, text: str) -> None:
        self._tree = ast.parse(text)

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """The enclosing node of every node, level by level, as ``ast.walk`` goes."""
        # Each node is met once for all that is asked here: walks are most of what this costs.
        found: dict[ast.AST, ast.AST] = {}
        level: list[ast.AST] = [self._tree]
        while level:
            below: list[ast.AST] = []
            for node in level:
                for name in node._fields:
                    value = getattr(node, name, None)
                    items = value if isinstance(value, list) else (value,)
                    for item in items:
                        # Contexts say nothing, and one object stands for many of them.
                        if isinstance(item, ast.AST) and not isinstance(item, ast.expr_context):
                            found[item] = node
                            below.append(item)
            level = below
        return found

    @cached_property
    def _by_span(self) -> Mapping[Span, ast.expr]:
        spans: dict[Span, ast.expr] = {}
        for node in self.parents:
            if isinstance(node, ast.expr):
                # The innermost node of a span wins: it is the one that is judged.
                spans[span(node)] = node
        return spans

    def node(self, place: Mapping[str, Any]) -> ast.expr | None:
        """Return the expression that a message points at, when there is exactly that one."""
        line, column = place["line"], place["column"]
        end = (place["end_line"], place["end_column"])
        # mypy lets what is shown in an f-string begin at its brace.
        return self._by_span.get((line, column, *end)) or self._by_span.get(
            (line, column + 1, *end)
        )

    def enclosing(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what is around ``node``, innermost first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """Every class of the design by name."""
        return {node.name: node for node in self.parents if isinstance(node, ast.ClassDef)}

    @cached_property
    def mixes(self) -> bool:
        """Whether some class has several bases, so that ``super()`` may lead anywhere."""
        return any(
            len([base for base in node.bases if last_name(base) not in _NO_MIXING]) > 1
            for node in self.classes.values()
        )

    @cached_property
    def callables(self) -> frozenset[str]:
        """Names that mean one function or class wherever they are called."""
        defined = {
            node.name for node in self.parents if isinstance(node, (*_FUNCTIONS, ast.ClassDef))
        }
        imported = {
            (alias.asname or alias.name).partition(".")[0]
            for node in self.parents
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        return frozenset((defined | imported) - self._assigned_names)

    @cached_property
    def _assigned_names(self) -> frozenset[str]:
        return frozenset(
            node.id
            for node in self.parents
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )

    @cached_property
    def assignments(self) -> Mapping[str, list[ast.expr | None]]:
        """Every value that is bound to a name or attribute, by the target's source.

        None stands for a value that no expression shows: loop variables, parameters,
        unpacked tuples, annotations without a value. What a class body binds to ``x``
        counts for ``self.x``.
        """
        bound: dict[str, list[ast.expr | None]] = {}
        for node, around in self.parents.items():
            if isinstance(node, ast.arg):
                bound.setdefault(node.arg, []).append(None)
            elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                value = (
                    around.value
                    if isinstance(around, ast.Assign | ast.AnnAssign | ast.NamedExpr)
                    else None
                )
                in_class = isinstance(self.parents.get(around), ast.ClassDef)
                key = f"self.{node.id}" if in_class and isinstance(node, ast.Name) else None
                bound.setdefault(key or ast.unparse(node), []).append(value)
        return bound

    @cached_property
    def loose_attributes(self) -> frozenset[str]:
        """Attribute names that are set or probed from outside the class they belong to."""
        names: set[str] = set()
        for node in self.parents:
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                    names.add(node.attr)
            elif isinstance(node, ast.Call) and last_name(node.func) in (
                "setattr", "hasattr", "getattr", "__setattr__",
            ):  # fmt: skip
                names.update(
                    item.value
                    for item in node.args
                    if isinstance(item, ast.Constant) and isinstance(item.value, str)
                )
        return frozenset(names)

    @cached_property
    def dynamic(self) -> bool:
        """Whether attributes are set under computed names."""
        for node in self.parents:
            if isinstance(node, ast.Call) and last_name(node.func) in ("setattr", "__setattr__"):
                if not any(isinstance(item, ast.Constant) for item in node.args[:2]):
                    return True
            elif isinstance(node, ast.Attribute) and node.attr == "__dict__":
                return True
            elif isinstance(node, ast.Name) and node.id == "__getattr__":
                return True  # as in ``__getattr__ = dict.get``
        return False

    def catches(self, node: ast.AST, error: str) -> bool:
        """Whether ``node`` is in a ``try`` that names ``error`` in a handler."""
        below = node
        for around in self.enclosing(node):
            if isinstance(around, ast.Try) and below in around.body:
                for handler in around.handlers:
                    kinds = (
                        handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                    )
                    if any(last_name(kind) == error for kind in kinds if kind):
                        return True
            below = around
        return False

    def evaluates(self, name: str, line: int) -> bool:
        """Whether Python ever evaluates ``name`` on ``line``, and lets a NameError through.

        mypy places a name of an annotation anywhere in it, so the whole file is asked
        when the line does not hold it.
        """
        uses = self._names.get(name, [])
        here = [node for node in uses if node.lineno == line] or uses
        return any(
            not self._never_evaluated(node) and not self.catches(node, "NameError") for node in here
        )

    @cached_property
    def _names(self) -> Mapping[str, list[ast.Name]]:
        names: dict[str, list[ast.Name]] = {}
        for node in self.parents:
            if isinstance(node, ast.Name):
                names.setdefault(node.id, []).append(node)
        return names

    def _never_evaluated(self, node: ast.expr) -> bool:
        """Whether ``node`` is an annotation, or in one, that Python does not run."""
        below: ast.AST = node
        for around in self.enclosing(node):
            if isinstance(around, ast.AnnAssign) and below is around.annotation:
                return self._postponed or self._is_local(around)
            if isinstance(around, ast.arg) or (
                isinstance(around, _FUNCTIONS) and below is around.returns
            ):
                return self._postponed
            if isinstance(around, ast.stmt):
                return False
            below = around
        return False

    @cached_property
    def _postponed(self) -> bool:
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in self._tree.body
        )

    def _is_local(self, node: ast.AST) -> bool:
        for around in self.enclosing(node):
            if isinstance(around, ast.ClassDef):
                return False
            if isinstance(around, _FUNCTIONS):
                return True
        return False


def last_name(node: ast.AST | None) -> str:
    """Return ``c`` for ``a.b.c``, ``c[...]`` and ``c``, else an empty string."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def span(node: ast.expr) -> Span:
    """Return where ``node`` begins and ends, as mypy gives places."""
    return (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
