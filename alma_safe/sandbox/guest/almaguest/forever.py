"""Objects that are never freed: a guest that uses them does not write to their pages.

CPython counts references inside of objects. A forked guest would get a page of its own for
almost everything that it only looks at; most of what its start costs is that.
"""

import ctypes
import functools
import gc
import itertools
import sys
import types
from collections.abc import Callable
from typing import Any

# How CPython 3.12 and 3.13 mark an object as immortal: all bits of the count's lower half
# (PEP 683). Other versions mark it otherwise, and their guests only cost more.
_KNOWN = ((3, 12), (3, 13))
_IMMORTAL = 0xFFFFFFFF

# CPython's own allocator (Objects/obmalloc.c): small blocks, by size, in pools.
_ALIGNMENT, _LARGEST = 16, 512
_POOL, _POOL_HEADER = 16 * 1024, 48
_MOST_POOLS = 64

# What a program is made of, and what nobody owns alone. Not what lives and ends with a
# running piece of it: frames, generators, descriptors of files.
_KINDS = (
    str, bytes, int, float, complex, tuple, frozenset, dict, list, set, type, property,
    classmethod, staticmethod, types.FunctionType, types.CodeType, types.ModuleType,
    types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType,
    types.GetSetDescriptorType, types.MemberDescriptorType, types.ClassMethodDescriptorType,
    types.MappingProxyType, types.CellType,
)  # fmt: skip


def make_immortal() -> None:
    """Mark what can be reached from here, in a process that forks and is never tidied up."""
    if sys.version_info[:2] not in _KNOWN or sys.implementation.name != "cpython":
        return
    if sys.maxsize <= 2**32 or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return
    seen: set[int] = set()
    waiting: list[Any] = gc.get_objects()
    own = {id(seen), id(waiting)}
    while waiting:
        found = waiting.pop()
        place = id(found)
        if place in seen or place in own:
            continue
        seen.add(place)
        if type(found) in _KINDS or isinstance(found, type):
            ctypes.c_uint32.from_address(place).value = _IMMORTAL
        # A module of C also shows what it keeps to use again: objects that are freed already,
        # and would be freed once more when this list lets go of them.
        if isinstance(found, types.ModuleType):
            waiting.append(vars(found))
        elif isinstance(found, types.CodeType):
            # It shows the collector nothing; every use of a constant is counted in it.
            waiting += (found.co_consts, found.co_names, found.co_name, found.co_qualname)
        else:
            waiting += gc.get_referents(found)


def use_up() -> list[Any]:
    """Allocate what is free in pages that are in use; the caller keeps it.

    Free places are strewn over all of the memory of a program that has imported much: a
    forked guest would get a page of its own for each that it fills. Afterwards it is given
    fresh pages, one after the other. They are used up when blocks fill a whole pool: so many
    lie so close together.
    """
    kept: list[Any] = []
    for size in range(_ALIGNMENT, _LARGEST + 1, _ALIGNMENT):
        block = _maker(size)
        count = (_POOL - _POOL_HEADER) // size - 1
        for _ in range(_MOST_POOLS):
            blocks = [block() for _ in itertools.repeat(None, 2 * count)]
            kept.append(blocks)
            places = list(map(id, blocks))
            span = (count - 1) * size
            pairs = zip(places, itertools.islice(places, count - 1, None), strict=False)
            if any(last - first == span for first, last in pairs):
                break
    return kept


def _maker(size: int) -> Callable[[], Any]:
    """What makes objects that the allocator keeps in blocks of exactly that many bytes."""
    if size == object.__basicsize__:
        return object
    if size <= bytes.__basicsize__:
        return functools.partial(float, size)
    return functools.partial(bytes, size - bytes.__basicsize__)
