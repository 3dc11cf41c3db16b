"""Where ``type``, and the class that ``type(x)`` gives, may stand: in sight, never handed on.

What is handed on is called where no rule looks, and ``type`` of any class is ``type``, which makes
classes of dicts. A subscript or an operator is a call too: a class of the file may answer it.
"""

from __future__ import annotations

import ast

from alma_safe.verifier.static.tree import FUNCTIONS, Tree

CLASS_TESTS = frozenset({"isinstance", "issubclass", "super"})
_CONTAINERS = frozenset({"dict", "list", "tuple", "set", "frozenset", "type"})
_GENERIC = frozenset(
    {
        "Dict", "List", "Tuple", "Set", "FrozenSet", "Deque", "DefaultDict", "OrderedDict",
        "Mapping", "MutableMapping", "Sequence", "MutableSequence", "Iterable", "Iterator",
        "Collection", "Callable", "ClassVar", "Final",
    }
)  # fmt: skip
_ANNOTATIONS = frozenset({"__annotations__", "__dataclass_fields__"})
_TYPING = ("typing.", "typing_extensions.", "collections.")
_TOLD = frozenset({"isinstance", "issubclass", "str", "repr", "print", "id", "hash"})
_LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_SAME = (ast.Is, ast.IsNot)
_LIKE = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)


def is_type_place(tree: Tree, node: ast.expr) -> bool:
    """Whether ``type``, or a metaclass, is asked about here, derived from or annotated."""
    top, parent = _whole(tree, node)
    if _is_annotation(parent, top):
        # What an annotation says is read, and called, by who reads annotations.
        return not _reads_annotations(tree) or _gives_containers(tree, top)
    if isinstance(parent, ast.ClassDef):
        return top in parent.bases
    if isinstance(parent, ast.TypeAlias):
        return parent.value is top
    if isinstance(parent, ast.keyword):
        return parent.arg == "metaclass" and isinstance(tree.parents[parent], ast.ClassDef)
    if isinstance(parent, ast.Call):
        return _is_tested(tree, parent, top)
    if isinstance(parent, ast.Compare):
        return _is_compared(tree, parent, top)
    if isinstance(parent, ast.Assign):
        # An alias of a container of classes is none that could be called for a class.
        return _gives_containers(tree, top)
    return isinstance(parent, ast.Attribute) and top is node


def is_class_place(tree: Tree, node: ast.expr) -> bool:
    """Whether a class is only asked about or annotated here, so that nobody else can call it."""
    top, parent = _whole(tree, node)
    if _is_annotation(parent, top):
        return True
    return isinstance(parent, ast.Call) and _is_tested(tree, parent, top)


def _is_annotation(parent: ast.AST, node: ast.expr) -> bool:
    if isinstance(parent, ast.arg | ast.AnnAssign):
        return parent.annotation is node
    return isinstance(parent, FUNCTIONS) and parent.returns is node


def _reads_annotations(tree: Tree) -> bool:
    """Whether the file reads annotations somewhere, those of the fields of dataclasses too."""
    known = tree.derived.get("reads annotations")
    if known is None:
        read = {node.attr for node in tree.nodes(ast.Attribute) if isinstance(node.ctx, ast.Load)}
        read |= {node.value for node in tree.nodes(ast.Constant) if isinstance(node.value, str)}
        fields = "dataclasses" in tree.packages and "fields" in tree.source and "type" in read
        known = tree.derived["reads annotations"] = fields or not read.isdisjoint(_ANNOTATIONS)
    return bool(known)


def _whole(tree: Tree, node: ast.expr) -> tuple[ast.expr, ast.AST]:
    """The type that ``node`` is a part of, and what stands around that."""
    top, parent = node, tree.parents[node]
    while True:
        if isinstance(parent, ast.Subscript):
            if not _is_alias(tree, parent.value):
                return top, parent
        elif isinstance(parent, ast.BinOp):
            other = parent.right if parent.left is top else parent.left
            if not isinstance(parent.op, ast.BitOr) or not _is_plain_type(tree, other):
                return top, parent
        elif not isinstance(parent, ast.Tuple | ast.List):
            return top, parent
        assert isinstance(parent, ast.expr)
        top, parent = parent, tree.parents[parent]


def _is_alias(tree: Tree, node: ast.expr) -> bool:
    """Whether a subscript of this makes a type, and hands nothing to a method of the file."""
    if any(tree.is_builtin(node, name) for name in _CONTAINERS):
        return True
    return (tree.sure_path(node) or "").startswith(_TYPING)


def _is_plain_type(tree: Tree, node: ast.expr) -> bool:
    """Whether ``|`` with this is the union of two types."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Subscript):
        return _is_alias(tree, node.value)
    if isinstance(node, ast.BinOp):
        return _is_plain_type(tree, node.left) and _is_plain_type(tree, node.right)
    if tree.path(node) is not None:
        return tree.sure_path(node) is not None
    return isinstance(node, ast.Name) and all(
        isinstance(binding.node, ast.ClassDef) and not binding.node.keywords
        for binding in tree.bindings(node)
    )


def _gives_containers(tree: Tree, node: ast.expr) -> bool:
    """``dict[str, type]``: what is called by this name is a dict. ``Union[type]`` is ``type``."""
    if not isinstance(node, ast.Subscript):
        return False
    if any(tree.is_builtin(node.value, name) for name in _CONTAINERS - {"type"}):
        return True
    package, _, name = (tree.sure_path(node.value) or "").rpartition(".")
    return f"{package}.".startswith(_TYPING) and name in _GENERIC


def _is_tested(tree: Tree, call: ast.Call, node: ast.expr) -> bool:
    func = call.func
    return isinstance(func, ast.Name) and func.id in CLASS_TESTS and not tree.bindings(func)


def _is_compared(tree: Tree, node: ast.Compare, part: ast.expr) -> bool:
    """Whether nothing but ``type`` itself is asked whether it is the same."""
    if all(isinstance(operator, _SAME) for operator in node.ops):
        return True
    others = [each for each in (node.left, *node.comparators) if each is not part]
    return all(isinstance(operator, _LIKE) for operator in node.ops) and all(
        isinstance(each, ast.Call) and tree.is_builtin(each.func, "type") and len(each.args) == 1
        for each in others
    )


# ----------------------------------------------------------------- classes of objects


def is_looked_at(tree: Tree, node: ast.expr) -> bool:
    """Whether the class that ``node``, ``type(x)`` or a name of it, gives stays in sight here."""
    parent = tree.parents[node]
    if isinstance(parent, ast.Attribute | ast.FormattedValue | ast.Raise | ast.Expr):
        return True
    above = tree.parents.get(parent)
    if isinstance(parent, ast.Tuple) and isinstance(above, ast.Compare):
        return _is_like(tree, above)
    if isinstance(parent, ast.Compare):
        return _is_like(tree, parent)
    if isinstance(parent, ast.Subscript):
        read = parent.slice is node and isinstance(parent.ctx, ast.Load)
        return read and not _defines(tree, "__getitem__", "__missing__", "__class_getitem__")
    return isinstance(parent, ast.Call) and _is_told(tree, parent, node)


def is_named(tree: Tree, node: ast.expr) -> bool:
    """Whether it is given a name, under which it is found again, and nothing else."""
    parent = tree.parents[node]
    if isinstance(parent, ast.Assign):
        return all(isinstance(target, ast.Name) for target in parent.targets)
    if isinstance(parent, ast.AnnAssign):
        return parent.value is node and isinstance(parent.target, ast.Name)
    return isinstance(parent, ast.NamedExpr) and is_looked_at(tree, parent)


def _is_like(tree: Tree, node: ast.Compare) -> bool:
    """Whether a comparison asks no object of the file whether it is like the class."""
    if all(isinstance(operator, _SAME) for operator in node.ops):
        return True
    if not all(isinstance(operator, (*_SAME, *_LIKE)) for operator in node.ops):
        return False
    parts = [node.left, *node.comparators]
    return not _defines(tree, "__eq__", "__ne__", "__contains__") or all(
        isinstance(each, ast.Call) and tree.is_builtin(each.func, "type") for each in parts
    )


def _is_told(tree: Tree, call: ast.Call, node: ast.expr) -> bool:
    """Whether a call calls the class itself, which has a rule of its own, or shows its name."""
    if call.func is node:
        return True
    func = call.func
    if isinstance(func, ast.Name):
        return (func.id in _TOLD or func.id in ("setattr", "getattr")) and not tree.bindings(func)
    if not isinstance(func, ast.Attribute):
        return False
    if tree.path(func) == "typing.cast":
        return is_looked_at(tree, call)
    told = func.attr in _LOGGING or (func.attr == "get" and call.args[:1] == [node])
    return told and not _defines(tree, func.attr)


def _defines(tree: Tree, *names: str) -> bool:
    """Whether a class of the file answers to one of these names."""
    known = tree.derived.get("answered")
    if known is None:
        inside = (tree.inner[node].bindings for node in tree.nodes(ast.ClassDef))
        known = tree.derived["answered"] = frozenset(
            [name for bindings in inside for name in bindings] + [*tree.attribute_stores()]
        )
    return not known.isdisjoint(names)
