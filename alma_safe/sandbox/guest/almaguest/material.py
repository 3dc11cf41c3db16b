"""Recorders that the host knows before any design: named by position, copied for each call.

A parent of guests maps them as bytes and decodes none: pages without objects in them stay
shared with every guest, however often a recorder is used.
"""

import itertools
import marshal
import mmap
from typing import Any

_PACKED, _PLAIN, _FORMS = 4, 2, 3
"""The formats of ``alma_safe.sandbox.material``, and the parts that each recorder has there."""
_WORD = 8
_STEPS = marshal.dumps("steps", _PLAIN)


class Material:
    """Bytes of each recorder: to copy it from, to copy what comes before its episode, to compare.

    What JSON has made shares no list and no object between its parts, and so do the copies.
    """

    def __init__(self, data: Any, ends: Any) -> None:
        self._data = data
        self._ends = ends
        self._count = len(ends) // _FORMS
        self._base = len(data) - (ends[-1] if len(ends) else 0)

    @classmethod
    def of(cls, recorders: list[Any]) -> "Material":
        """Pack recorders that came as JSON."""
        parts = [marshal.dumps(recorder, _PACKED) for recorder in recorders]
        parts += [marshal.dumps(recorder["init"], _PACKED) for recorder in recorders]
        parts += [marshal.dumps(recorder, _PLAIN) for recorder in recorders]
        return cls(b"".join(parts), list(itertools.accumulate(map(len, parts))))

    @classmethod
    def mapped(cls, descriptor: int) -> "Material":
        """Map an image of the host; what a guest writes there would be its own copy."""
        data = mmap.mmap(descriptor, 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
        view = memoryview(data)
        count = view[:_WORD].cast("Q")[0]
        ends = view[_WORD : _WORD + _FORMS * count * _WORD].cast("Q")
        return cls(data, ends)

    def __len__(self) -> int:
        return self._count

    def copy(self, position: int) -> Any:
        """A recorder's values, nobody else's."""
        return marshal.loads(self._part(position))

    def beginning(self, position: int) -> Any:
        """The ``init`` of a recorder, nobody else's."""
        return marshal.loads(self._part(self._count + position))

    def holds(self, position: int, init: Any, steps: Any, reward: Any, *, begun: Any) -> bool:
        """Whether these are still a recorder's parts; with ``begun``, those of its beginning."""
        plain = self._part(2 * self._count + position)
        if begun:
            # A form without references: the whole begins with the bytes of its first part.
            same = plain.startswith(_plain({"init": init})[:-1] + _STEPS)
            return (same or _equal(init, self.beginning(position))) and _equal(
                (steps, reward), ([], 0.0)
            )
        given = {"init": init, "steps": steps, "reward": reward}
        return _plain(given) == plain or _equal(given, self.copy(position))

    def _part(self, number: int) -> bytes:
        start = self._ends[number - 1] if number else 0
        part: bytes = self._data[self._base + start : self._base + self._ends[number]]
        return part


def _plain(value: Any) -> bytes:
    """Bytes that are those of any equal value; none for what no recorder of ours holds."""
    try:
        return marshal.dumps(value, _PLAIN)
    except Exception:  # an object of the design's own that marshal does not know
        return b""


def _equal(after: Any, given: Any) -> bool:
    try:
        return bool(given == after)
    except Exception:  # an object of the design's own that does not compare
        return False
