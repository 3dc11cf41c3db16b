"""S1xx: what may be imported, module by module and name by name.

A module object is only ever used as ``module.name`` with a listed name: it cannot be
aliased, passed on, matched or looked into, so no other module is reached through it.
"""

from __future__ import annotations

import ast

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.building import STARS
from alma_safe.verifier.static.collector import Collector, shown
from alma_safe.verifier.static.constants import visible_keys
from alma_safe.verifier.static.instead import module_hint, name_hint, star_hint
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import Tree

MODULE = Rule(
    id="S101",
    stage="static",
    title="import of a module that is not admitted",
    reason="A design gets computation, not files, processes, network or the interpreter.",
    remedy="Use the modules listed in policies/imports.toml; LLM and embeddings come from "
    "utils.hire_agent.",
)
NAME = Rule(
    id="S102",
    stage="static",
    title="import of a name that is not admitted",
    reason="Admitted modules also hold names that lead to files, processes or other modules.",
    remedy="Import only names listed for the module in policies/imports.toml.",
)
ATTRIBUTE = Rule(
    id="S103",
    stage="static",
    title="name of a module that is not admitted",
    reason="Admitted modules also hold names that lead to files, processes or other modules.",
    remedy="Use only names listed for the module in policies/imports.toml.",
)
BARE_MODULE = Rule(
    id="S104",
    stage="static",
    title="module object used as a value",
    reason="A module that is passed on or stored can be looked into where no rule sees it.",
    remedy="Use module.name directly, or import the name itself.",
)
STAR = Rule(
    id="S105",
    stage="static",
    title="star import",
    reason="What a star import binds cannot be seen in the source.",
    remedy="Import the names one by one.",
)
RELATIVE = Rule(
    id="S106",
    stage="static",
    title="relative import",
    reason="A design is one file; there is nothing beside it to import.",
    remedy="Use the absolute name, for example agents.memo_structure.",
)
IN_CLASS = Rule(
    id="S107",
    stage="static",
    title="import in a class body",
    reason="The module becomes an attribute of every instance and can be reached unseen.",
    remedy="Import at the top of the file or inside the method.",
)
PATCH = Rule(
    id="S108",
    stage="static",
    title="library or contract class changed",
    reason="Changing what is imported changes it for every design and for the judge.",
    remedy="Subclass it, or keep the value on your own object.",
)
KEYWORD = Rule(
    id="S109",
    stage="static",
    title="keyword argument that is not admitted",
    reason="This argument makes an admitted call read or write files or open connections.",
    remedy="Leave the argument out; write the others out, at a call by the name: "
    "Chroma(collection_name=name, embedding_function=Embedding()).",
)
PRIVATE = Rule(
    id="S110",
    stage="static",
    title="private name of a library",
    reason="Private names of libraries lead to their internals and to other modules.",
    remedy="Use the public interface.",
)

RULES = (
    MODULE,
    NAME,
    ATTRIBUTE,
    BARE_MODULE,
    STAR,
    RELATIVE,
    IN_CLASS,
    PATCH,
    KEYWORD,
    PRIVATE,
)


_CALL_FACTORIES = frozenset({"dataclasses.field", "collections.defaultdict"})
_CLASS_TESTS = frozenset({"isinstance", "issubclass"})


def check(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Apply the family."""
    for node in tree.nodes(ast.Import):
        _check_import(tree, node, settings, collector)
    for node in tree.nodes(ast.ImportFrom):
        _check_import_from(tree, node, settings, collector)
    imported, forbidden = tree.imported, settings.forbidden_keywords
    for node in tree.nodes(ast.Name):
        if node.id in imported and isinstance(node.ctx, ast.Load):
            _check_use(tree, node, settings, collector)
    for node in tree.nodes(ast.Name, ast.Attribute):
        path = tree.path(node)
        if path is not None and path in forbidden and isinstance(node.ctx, ast.Load):
            _check_value(tree, node, path, collector)
    for node in tree.nodes(ast.Call):
        _check_keywords(tree, node, settings, collector)
        if isinstance(node.func, ast.Name) and node.func.id in ("setattr", "delattr"):
            changed = tree.path(node.args[0]) if node.args else None
            if changed is not None:
                collector.add(PATCH, node, f"{shown(changed)} is changed")


def _check_import(tree: Tree, node: ast.Import, settings: Settings, collector: Collector) -> None:
    for alias in node.names:
        if alias.name not in settings.modules:
            bound = alias.asname or alias.name.partition(".")[0]
            _refuse_module(tree, alias, alias.name, [bound], settings, collector)
    if tree.scopes[node].kind == "class":
        collector.add(IN_CLASS, node, "import in the body of a class")


def _check_import_from(
    tree: Tree, node: ast.ImportFrom, settings: Settings, collector: Collector
) -> None:
    if node.level:
        collector.add(RELATIVE, node, f"relative import of {shown(node.module or '.')}")
        return
    module = node.module or ""
    listed = settings.modules.get(module)
    in_class = tree.scopes[node].kind == "class"
    for alias in node.names:
        full = f"{module}.{alias.name}"
        if alias.name == "*":
            _check_star(tree, node, module, settings, collector)
        elif full in settings.modules:
            if in_class:
                collector.add(IN_CLASS, node, "import in the body of a class")
        elif listed is None and module not in settings.module_prefixes:
            bound = [each.asname or each.name for each in node.names]
            _refuse_module(tree, node, module, bound, settings, collector)
            return
        elif listed is None or alias.name not in listed:
            hint = name_hint(module, alias.name, settings)
            collector.add(NAME, alias, f"{shown(full)} is not admitted", hint=hint)


def _check_star(
    tree: Tree, node: ast.ImportFrom, module: str, settings: Settings, collector: Collector
) -> None:
    """Our own modules say in ``__all__`` what a star binds; of all others it cannot be seen."""
    listed = settings.modules.get(module, frozenset())
    if tree.scopes[node].kind == "module" and listed.issuperset(STARS.get(module, ("*",))):
        return
    used = listed.intersection(name.id for name in tree.nodes(ast.Name))
    collector.add(STAR, node, f"from {shown(module)} import *", hint=star_hint(module, used))


def _refuse_module(
    tree: Tree,
    node: ast.AST,
    module: str,
    bound: list[str],
    settings: Settings,
    collector: Collector,
) -> None:
    hint = module_hint(module, settings)
    if not any(name.id in bound for name in tree.nodes(ast.Name)) and "*" not in bound:
        hint = f"delete the import, nothing uses it; {hint}"
    collector.add(MODULE, node, f"the module {shown(module)} is not admitted", hint=hint)


def _check_use(tree: Tree, name: ast.Name, settings: Settings, collector: Collector) -> None:
    """Follow ``name.a.b`` as long as it is a module; the first other name must be listed."""
    for binding in tree.scopes[name].lookup(name.id):
        if binding.target and not binding.target.startswith("."):
            _follow(tree, name, binding.target, settings, collector)


def _follow(
    tree: Tree, name: ast.Name, path: str, settings: Settings, collector: Collector
) -> None:
    node: ast.AST = name
    while settings.is_module(path):
        parent = tree.parents[node]
        if not isinstance(parent, ast.Attribute):
            if isinstance(parent, ast.Call) and _is_lookup(tree, parent, node, path, settings):
                return
            if not _is_test(tree, node):
                collector.add(BARE_MODULE, node, f"the module {shown(path)} is used as a value")
            return
        full = f"{path}.{parent.attr}"
        if not isinstance(parent.ctx, ast.Load):
            collector.add(PATCH, parent, f"{shown(full)} is changed")
            return
        listed = settings.modules.get(path, frozenset())
        if not settings.is_module(full) and parent.attr not in listed:
            hint = name_hint(path, parent.attr, settings)
            collector.add(ATTRIBUTE, parent, f"{shown(full)} is not admitted", hint=hint)
            return
        node, path = parent, full
    # ``node`` is a class, a function or a constant of a library now.
    parent = tree.parents[node]
    while isinstance(parent, ast.Attribute):
        if not isinstance(parent.ctx, ast.Load):
            collector.add(PATCH, parent, f"{shown(path)}.{shown(parent.attr)} is changed")
        elif parent.attr.startswith("_") and not parent.attr.startswith("__"):
            message = f"{shown(path)}.{shown(parent.attr)} is private"
            collector.add(PRIVATE, parent, message)
        elif parent.attr == "__call__":
            collector.add(PRIVATE, parent, f"{shown(path)}.__call__ is {shown(path)} once more")
        node, parent = parent, tree.parents[parent]


def _is_lookup(tree: Tree, call: ast.Call, node: ast.AST, path: str, settings: Settings) -> bool:
    """``hasattr(module, "name")``, or ``getattr(module, "name")`` with a listed name."""
    if not call.args or call.args[0] is not node or len(call.args) < 2:
        return False
    name = call.args[1]
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        return False
    if tree.is_builtin(call.func, "hasattr"):
        return True
    listed = settings.modules.get(path, frozenset())
    return tree.is_builtin(call.func, "getattr") and name.value in listed


def _is_test(tree: Tree, node: ast.AST) -> bool:
    """Whether a module is only asked for being there: ``np is None``, ``if np``, ``not np``."""
    parent = tree.parents[node]
    if isinstance(parent, ast.Compare):
        others = [parent.left, *parent.comparators]
        return all(
            other is node or (isinstance(other, ast.Constant) and other.value is None)
            for other in others
        ) and all(isinstance(op, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) for op in parent.ops)
    if isinstance(parent, ast.UnaryOp):
        return isinstance(parent.op, ast.Not)
    if isinstance(parent, ast.Call):
        return tree.is_builtin(parent.func, "bool")
    # A module is true, so ``np and x`` gives x; as the last operand it would be a value.
    if isinstance(parent, ast.BoolOp):
        if parent.values[-1] is not node:
            return isinstance(parent.op, ast.And) or _in_condition(tree, parent)
        return _in_condition(tree, parent)
    return _in_condition(tree, node)


def _in_condition(tree: Tree, node: ast.AST) -> bool:
    parent = tree.parents.get(node)
    while isinstance(parent, ast.BoolOp):
        node, parent = parent, tree.parents.get(parent)
    if isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert):
        return parent.test is node
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)


def _check_value(tree: Tree, node: ast.expr, path: str, collector: Collector) -> None:
    """What has forbidden keywords is called directly: under another name nobody looks at them."""
    parent = tree.parents[node]
    if isinstance(parent, ast.Call):
        func = parent.func
        tested = isinstance(func, ast.Name) and func.id in _CLASS_TESTS and not tree.bindings(func)
        harmless = func is node or (tested and parent.args[1:2] == [node])
        if tree.sure_path(parent.func) == "typing.cast":
            harmless = parent.args[:1] == [node]
    elif isinstance(parent, ast.keyword):
        # Called without arguments, by what is known to do just that.
        call = tree.parents[parent]
        made = isinstance(call, ast.Call) and tree.sure_path(call.func) in _CALL_FACTORIES
        harmless = made and parent.arg == "default_factory"
    elif isinstance(parent, ast.Compare):
        harmless = all(isinstance(each, ast.Is | ast.IsNot) for each in parent.ops)
    else:
        harmless = isinstance(
            parent, ast.Attribute | ast.ClassDef | ast.Expr | ast.MatchClass
        ) or _is_type_place(tree, node)
    if not harmless:
        collector.add(KEYWORD, node, f"{shown(path)} is used as a value")


def _is_type_place(tree: Tree, node: ast.AST) -> bool:
    """Whether this is a part of an annotation, or one of the classes that a test asks about."""
    child, parent = node, tree.parents[node]
    while isinstance(parent, ast.Tuple | ast.List | ast.Subscript | ast.BinOp):
        if isinstance(parent, ast.Subscript):
            # What else is subscripted may be a class of the file that is handed it.
            return parent.slice is child and _is_generic(tree, parent.value)
        child, parent = parent, tree.parents[parent]
    if isinstance(parent, ast.Call):
        func = parent.func
        tests = isinstance(func, ast.Name) and func.id in _CLASS_TESTS and not tree.bindings(func)
        return tests and parent.args[1:2] == [child]
    if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
        return parent.returns is child
    if isinstance(parent, ast.ClassDef):
        return child in parent.bases
    return isinstance(parent, ast.arg | ast.AnnAssign) and parent.annotation is child


def _is_generic(tree: Tree, node: ast.expr) -> bool:
    """Whether this is a container or a name of typing, whose parameters nobody reads."""
    path = tree.sure_path(node) or ""
    return path.partition(".")[0] in ("typing", "typing_extensions", "collections") or any(
        tree.is_builtin(node, name) for name in ("dict", "list", "set", "frozenset", "tuple")
    )


def _check_keywords(tree: Tree, call: ast.Call, settings: Settings, collector: Collector) -> None:
    if not call.keywords:
        return
    path = tree.path(call.func)
    forbidden = settings.forbidden_keywords.get(path or "")
    if not forbidden:
        return
    for keyword in call.keywords:
        if isinstance(keyword.value, ast.Constant) and keyword.value.value is None:
            # The default, written out.
            continue
        names: list[object] = [keyword.arg]
        if keyword.arg is None:
            names = visible_keys(tree, keyword.value)
        for name in names:
            if name is None:
                message = f"which keywords {shown(path or '')}(**...) is given cannot be seen"
                collector.add(KEYWORD, keyword, message)
            elif name in forbidden:
                message = f"{shown(path or '')}({shown(str(name))}=...) is not admitted"
                collector.add(KEYWORD, keyword, message)
