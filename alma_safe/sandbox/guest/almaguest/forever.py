"""Objects that are never freed: a guest that uses them does not write to their pages.

CPython counts references inside of objects. A forked guest would get a page of its own for
almost everything that it only looks at; most of what its start costs is that.
"""

import ctypes
import gc
import sys
import types
from typing import Any

# How CPython 3.12 and 3.13 mark an object as immortal: all bits of the count's lower half
# (PEP 683). Other versions mark it otherwise, and their guests only cost more.
_KNOWN = ((3, 12), (3, 13))
_IMMORTAL = 0xFFFFFFFF

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
        if type(found) in _KINDS:
            ctypes.c_uint32.from_address(place).value = _IMMORTAL
        # A module of C also shows what it keeps to use again: objects that are freed already,
        # and would be freed once more when this list lets go of them.
        waiting += [vars(found)] if isinstance(found, types.ModuleType) else gc.get_referents(found)
