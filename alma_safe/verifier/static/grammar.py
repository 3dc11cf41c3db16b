"""The grammar: RestrictedPython's transformer as a deny-by-default list of node types.

RestrictedPython knows every node type it has reviewed and refuses the others; this
subclass re-admits what honest designs need. Nothing is transformed: the tree is fed
to it node by node, flat, so its result is thrown away and the file that was vetted is
the file that runs. Names are checked here, attributes and imports in ``rules/``.
"""

from __future__ import annotations

import ast
from typing import Any

from RestrictedPython.transformer import RestrictingNodeTransformer

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import FUNCTIONS, Tree

UNKNOWN_SYNTAX = Rule(
    id="S020",
    stage="static",
    title="syntax that is not admitted",
    reason="Only reviewed syntax is let through: new syntax has broken every Python filter so far.",
    remedy="Write it with ordinary statements of Python 3.12.",
)
RESERVED_NAME = Rule(
    id="S021",
    stage="static",
    title="reserved dunder name",
    reason="Dunder names steer the interpreter: imports, globals, class creation.",
    remedy="Use an ordinary name; a single leading underscore is fine.",
)
GLOBAL_STATE = Rule(
    id="S022",
    stage="static",
    title="global statement",
    reason="Module globals are shared by all instances of a design; runs then disturb each other.",
    remedy="Keep the state on the instance (self).",
    warns=True,
)

RULES = (UNKNOWN_SYNTAX, RESERVED_NAME, GLOBAL_STATE)

# The hooks of RestrictedPython's run-time guards. Harmless here, and no honest name.
_GUARDS = frozenset(
    {
        "_getattr_", "_getitem_", "_getiter_", "_write_", "_apply_", "_inplacevar_", "_print_",
        "_unpack_sequence_", "_iter_unpack_sequence_",
    }
)  # fmt: skip
_READABLE = frozenset({"__name__", "__doc__", "__debug__", "__class__"})


class DesignGrammar(RestrictingNodeTransformer):
    """Judges one node at a time; ``collector`` receives what is refused."""

    def __init__(self, tree: Tree, settings: Settings, collector: Collector) -> None:
        super().__init__()
        self.tree = tree
        self.settings = settings
        self.collector = collector
        self.assignable = frozenset(
            name for name in settings.dunder_attributes if name not in _READABLE
        )

    def check(self) -> None:
        """Judge every node of the tree."""
        for kind, nodes in self.tree.by_type.items():
            method = getattr(self, "visit_" + kind.__name__, self.generic_visit)
            if getattr(method, "__func__", None) is DesignGrammar._admit:
                continue
            if kind is ast.Name:
                nodes = [node for node in nodes if node.id.startswith("_")]
            for node in nodes:
                method(node)
        for node in self.tree.nodes(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.AugAssign):
            self._check_operator(node, node.op)
        for node in self.tree.nodes(ast.Compare):
            for operator in node.ops:
                self._check_operator(node, operator)

    def _check_operator(self, node: ast.AST, operator: ast.AST) -> None:
        if not hasattr(self, "visit_" + type(operator).__name__):
            self.collector.add(UNKNOWN_SYNTAX, node, f"operator {type(operator).__name__}")

    # RestrictedPython's own hooks, turned from transforming into judging.

    def node_contents_visit(self, node: Any) -> Any:
        """Children are fed separately."""
        return node

    def error(self, node: ast.AST, info: str) -> None:
        """Turn an error text of RestrictedPython into a finding."""
        self.collector.add(UNKNOWN_SYNTAX, node, shown(info))

    def warn(self, node: ast.AST, info: str) -> None:
        """RestrictedPython's warnings repeat its errors."""

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        """Refuse dunder names; every other name is the design's own business."""
        if name in _GUARDS:
            self.collector.add(RESERVED_NAME, node, f"the name {shown(name)} is reserved")
            return
        if name is None or not (name.startswith("__") and name.endswith("__")) or name == "__":
            return
        if self._is_admitted(node, name):
            return
        self.collector.add(RESERVED_NAME, node, f"the name {shown(name)} is reserved")

    def _is_admitted(self, node: ast.AST, name: str) -> bool:
        scope = self.tree.scopes[node]
        if scope.kind == "class" and (
            isinstance(node, FUNCTIONS) or not isinstance(getattr(node, "ctx", None), ast.Load)
        ):
            # What a class body may define is judged class by class, by the rules.
            return True
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if name in _READABLE:
                return True
            return scope.kind == "class" and name in scope.bindings
        if isinstance(node, ast.Name):
            return scope.kind == "module" and name in self.assignable
        return False

    # Names.

    def visit_Name(self, node: ast.Name) -> Any:
        """Check a name that is read, bound or deleted."""
        self.check_name(node, node.id)

    def visit_FunctionDef(self, node: Any) -> Any:
        """Check decorators and the name."""
        self._check_decorators(node)
        if node.name.startswith("_"):
            self.check_name(node, node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: Any) -> Any:
        """Check decorators and the name."""
        self._check_decorators(node)
        if node.name.startswith("_"):
            self.check_name(node, node.name)

    def _check_decorators(self, node: Any) -> None:
        """Decorators are names, attributes, items or calls of these: nothing made on the spot."""
        for decorator in node.decorator_list:
            target = decorator
            while isinstance(target, ast.Call | ast.Attribute | ast.Subscript):
                target = target.func if isinstance(target, ast.Call) else target.value
            if not isinstance(target, ast.Name):
                what = type(target).__name__
                self.collector.add(UNKNOWN_SYNTAX, decorator, f"a {what} as a decorator")

    def visit_arg(self, node: ast.arg) -> Any:
        """Check the name of a parameter."""
        if node.arg.startswith("_"):
            self.check_name(node, node.arg)

    def visit_alias(self, node: ast.alias) -> Any:
        """Check the name an import binds."""
        if node.asname and node.asname.startswith("_"):
            self.check_name(node, node.asname)

    def _binds_name(self, node: Any) -> Any:
        name = getattr(node, "name", None)
        if isinstance(name, str) and name.startswith("_"):
            self.check_name(node, name)

    visit_ExceptHandler = _binds_name
    visit_MatchAs = _binds_name
    visit_MatchStar = _binds_name
    visit_TypeVar = _binds_name
    visit_ParamSpec = _binds_name
    visit_TypeVarTuple = _binds_name

    def visit_MatchMapping(self, node: Any) -> Any:
        """Check the name of the rest."""
        if node.rest and node.rest.startswith("_"):
            self.check_name(node, node.rest)

    def visit_Global(self, node: ast.Global) -> Any:
        """Check the names; module state informs."""
        for name in node.names:
            if name.startswith("__"):
                self.collector.add(RESERVED_NAME, node, f"the name {shown(name)} is reserved")
        self.collector.add(GLOBAL_STATE, node, f"global {shown(', '.join(node.names))}")

    # Template strings of later versions carry expressions that str.format rules do not see.

    def visit_TemplateStr(self, node: Any) -> Any:
        """Refuse template strings."""
        self.not_allowed(node)

    visit_Interpolation = visit_TemplateStr

    # Judged by the rules, not by the grammar.

    def _admit(self, node: Any) -> Any:
        """Admitted here; the rules look at it."""

    visit_Attribute = _admit
    visit_Subscript = _admit
    visit_Call = _admit
    visit_Import = _admit
    visit_ImportFrom = _admit
    visit_For = _admit
    visit_comprehension = _admit
    visit_Assign = _admit
    visit_AugAssign = _admit
    visit_With = _admit
    visit_Lambda = _admit
    visit_Module = _admit

    # What RestrictedPython refuses and honest designs need.

    visit_AsyncFor = _admit
    visit_AsyncWith = _admit
    visit_Await = _admit
    visit_AnnAssign = _admit
    visit_Nonlocal = _admit
    visit_NamedExpr = _admit
    visit_TryStar = _admit
    visit_TypeAlias = _admit
    visit_Match = _admit
    visit_match_case = _admit
    visit_MatchValue = _admit
    visit_MatchSingleton = _admit
    visit_MatchSequence = _admit
    visit_MatchClass = _admit
    visit_MatchOr = _admit
