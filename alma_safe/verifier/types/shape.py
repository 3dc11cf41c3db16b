"""Whether the classes of a design have the shape of the contract, read from mypy's tree.

mypy's own ``override`` messages hold other parameter names, narrower annotations and
``**kwargs`` spelt out against a design; the callers of the contract do not. What they
rely on is checked here: async, one recorder, a dict back, no arguments to construct.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mypy.nodes import ARG_NAMED, ARG_POS, ARG_STAR, Decorator, FuncDef, MypyFile, TypeInfo
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    NoneType,
    ProperType,
    TypedDictType,
    TypeVarType,
    UnionType,
    get_proper_type,
)

STRUCTURE = "alma_safe.contract.MemoStructure"
LAYER = "alma_safe.contract.Sub_memo_layer"
RETRIEVES = "general_retrieve"
UPDATES = "general_update"
_METHODS = {STRUCTURE: (RETRIEVES, UPDATES), LAYER: ("retrieve", "update")}

_COROUTINES = ("typing.Coroutine", "typing.Awaitable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One contract method of the design: its lines, and what it is meant to be."""

    name: str
    owner: str
    layer: bool
    first: int
    last: int


def design_classes(tree: MypyFile) -> list[TypeInfo]:
    """Return every class that is defined in the design, classes in classes too."""
    found: list[TypeInfo] = []
    waiting = [tree.names]
    while waiting:
        for symbol in waiting.pop().values():
            node = symbol.node
            here = isinstance(node, TypeInfo) and node.module_name == tree.fullname
            if isinstance(node, TypeInfo) and here and node not in found:
                found.append(node)
                waiting.append(node.names)
    return found


def methods(classes: list[TypeInfo]) -> Iterator[tuple[Method, TypeInfo, Any]]:
    """Yield the contract methods that the design defines, with class and node."""
    for info in classes:
        for base, names in _METHODS.items():
            if not _inherits(info, base):
                continue
            for name in names:
                symbol = info.names.get(name)
                node = symbol.node if symbol else None
                function = node.func if isinstance(node, Decorator) else node
                if isinstance(function, FuncDef):
                    yield (
                        Method(
                            name=name,
                            owner=info.name,
                            layer=base == LAYER,
                            first=function.line,
                            last=function.end_line or function.line,
                        ),
                        info,
                        node,
                    )


def violations(classes: list[TypeInfo]) -> Iterator[dict[str, Any]]:
    """Yield what breaks the contract, as observations that block."""
    for method, _, node in methods(classes):
        for message in _method_faults(method, node):
            yield _observation("override", message, node)
    yield from _construction(classes)


def _method_faults(method: Method, node: Any) -> Iterator[str]:
    label = f'"{method.name}" of "{method.owner}"'
    if isinstance(node, Decorator):
        # A decorator may turn anything into anything: only its declared result counts.
        declared = get_proper_type(node.var.type) if node.var.type else None
        if not isinstance(declared, CallableType):
            return
        if not _awaitable(get_proper_type(declared.ret_type), method.layer):
            yield f"{label} is not async after its decorators"
        return
    assert isinstance(node, FuncDef)
    if node.is_static or node.is_class or node.is_property:
        return
    declared = get_proper_type(node.type) if node.type else None
    returned = get_proper_type(declared.ret_type) if isinstance(declared, CallableType) else None
    if not node.is_coroutine and not (returned and _awaitable(returned, method.layer, lax=False)):
        yield f'{label} is not async: write "async def {method.name}"'
    elif node.is_async_generator and not method.layer:
        yield f'{label} is an async generator: it holds "yield", so it cannot be awaited'
    elif not method.layer and returned is not None:
        yield from _return_fault(method.name, label, _awaited(returned))
    if not method.layer:
        yield from _parameter_faults(label, node)


def _parameter_faults(label: str, node: FuncDef) -> Iterator[str]:
    kinds = list(zip(node.arg_names, node.arg_kinds, strict=True))[1:]
    required = [name for name, kind in kinds if kind == ARG_POS]
    named = [name for name, kind in kinds if kind == ARG_NAMED]
    takes_one = any(kind.is_positional() or kind == ARG_STAR for _, kind in kinds)
    if not node.arg_names:
        yield f'{label} has no "self" parameter'
    elif not takes_one:
        yield f'{label} takes no recorder: it is called with one positional argument, "recorder"'
    elif len(required) > 1:
        extra = ", ".join(f'"{name}"' for name in required[1:])
        yield f"{label} requires more than the recorder: {extra}"
    if named:
        extra = ", ".join(f'"{name}"' for name in named)
        yield f"{label} requires keyword arguments that nobody passes: {extra}"


def _return_fault(name: str, label: str, returned: ProperType) -> Iterator[str]:
    if name == RETRIEVES and not _maybe_mapping(returned):
        yield f"{label} is declared to return {returned}, but the contract wants a dict"
    if name == UPDATES and not _maybe_none(returned):
        yield f"{label} is declared to return {returned}, but the contract wants None"


def _construction(classes: list[TypeInfo]) -> Iterator[dict[str, Any]]:
    structures = [info for info in classes if _inherits(info, STRUCTURE)]
    concrete = [info for info in structures if not info.abstract_attributes]
    if structures and not concrete:
        info = structures[-1]
        missing = ", ".join(f'"{name}"' for name, _ in info.abstract_attributes)
        yield _observation(
            "abstract", f'class "{info.name}" cannot be constructed: it lacks {missing}', info.defn
        )
    if len(concrete) != 1:
        return
    symbol = concrete[0].get("__init__")
    node = symbol.node if symbol else None
    if isinstance(node, FuncDef):
        arguments = list(zip(node.arg_names, node.arg_kinds, strict=True))[1:]
        needed = [name for name, kind in arguments if kind in (ARG_POS, ARG_NAMED)]
        if needed:
            names = ", ".join(f'"{name}"' for name in needed)
            message = f'"{concrete[0].name}()" must work without arguments, but requires {names}'
            yield _observation("call-arg", message, node if node.line > 0 else concrete[0].defn)


def _inherits(info: TypeInfo, base: str) -> bool:
    return any(ancestor.fullname == base for ancestor in info.mro[1:])


def _awaitable(kind: ProperType, layer: bool, *, lax: bool = True) -> bool:
    if isinstance(kind, AnyType | TypeVarType):
        return lax
    if isinstance(kind, UnionType):
        return any(_awaitable(get_proper_type(item), layer, lax=lax) for item in kind.items)
    if not isinstance(kind, Instance):
        return False
    wanted = (*_COROUTINES, "typing.AsyncIterable") if layer else _COROUTINES
    return any(kind.type.has_base(name) for name in wanted)


def _awaited(kind: ProperType) -> ProperType:
    if isinstance(kind, Instance) and kind.args and kind.type.fullname == "typing.Coroutine":
        return get_proper_type(kind.args[-1])
    if isinstance(kind, Instance) and kind.args and _awaitable(kind, False):
        return get_proper_type(kind.args[-1])
    return kind


def _maybe_mapping(kind: ProperType) -> bool:
    if isinstance(kind, UnionType):
        return any(_maybe_mapping(get_proper_type(item)) for item in kind.items)
    if isinstance(kind, AnyType | TypeVarType | TypedDictType):
        return True
    if not isinstance(kind, Instance):
        return False
    return kind.type.has_base("typing.Mapping") or kind.type.fullname == "builtins.object"


def _maybe_none(kind: ProperType) -> bool:
    if isinstance(kind, UnionType):
        return any(_maybe_none(get_proper_type(item)) for item in kind.items)
    if isinstance(kind, Instance):
        return kind.type.fullname == "builtins.object"
    return isinstance(kind, NoneType | AnyType | TypeVarType) or "Never" in str(kind)


def _observation(code: str, message: str, node: Any) -> dict[str, Any]:
    return {
        "code": code,
        "message": message,
        "weight": "block",
        "line": max(0, node.line),
        "column": max(0, node.column),
        "end_line": node.end_line or 0,
        "end_column": node.end_column or 0,
    }
