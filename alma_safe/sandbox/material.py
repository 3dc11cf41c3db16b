"""Recorders that a guest has before any call, so that calls name them by position.

They are the host's own: the same for every design, so a backend may hand them to a guest
before it is one. A parent of guests gets them as an image, which it maps and never
decodes as a whole: written here, read by our guest code, never the other way round.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import os
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from marshal import dumps
from pathlib import Path
from typing import Any

from alma_safe.cache import cache_dir, write_atomically
from alma_safe.errors import InfrastructureError

LAYOUT = 1
"""Raised when what is kept changes, so that old files are not reused."""

_SUM = hashlib.sha256().digest_size
_KEPT = 32
_PACKED, _PLAIN = 4, 2
"""Formats of marshal: one that names a repeated string once, and one without references,
in which equal values of the same types are the same bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Recorders, each ``{"init", "steps", "reward"}``; ``digest`` names what is in them."""

    recorders: tuple[Mapping[str, Any], ...]
    plain: tuple[bytes, ...]
    digest: str

    @classmethod
    def of(cls, recorders: Sequence[Mapping[str, Any]]) -> Material:
        """Make material of recorders. Raises TypeError for what is not made of JSON values."""
        given: list[Any] = list(recorders)
        plain = tuple(dumps(recorder, _PLAIN) for recorder in given)
        digest = hashlib.sha256(b"".join(plain)).hexdigest()
        return cls(tuple(given), plain, digest)

    def image(self) -> bytes:
        """A count, the ends of all parts, and the parts: wholes, beginnings, plain forms.

        Read by ``almaguest.material``.
        """
        ends, packed = self._packed()
        last = ends[-1] if ends else 0
        ends.extend(itertools.accumulate(map(len, self.plain), initial=last))
        # The sum that it begins with is the end of what was packed.
        del ends[2 * len(self.plain)]
        count = array("Q", [len(self.plain)])
        return b"".join((count.tobytes(), ends.tobytes(), packed, *self.plain))

    def _packed(self) -> tuple[array[int], bytes]:
        """Ends of the packed wholes and beginnings, and their bytes; kept, since it costs.

        A file that is not as it was written is made again.
        """
        if not self.recorders:
            return array("Q"), b""
        path = cache_dir("material") / f"{LAYOUT}-{sys.version_info.minor}-{self.digest[:32]}"
        with contextlib.suppress(OSError):
            kept = path.read_bytes()
            if hashlib.sha256(kept[_SUM:]).digest() == kept[:_SUM]:
                begin = _SUM + 2 * len(self.recorders) * array("Q").itemsize
                return array("Q", kept[_SUM:begin]), kept[begin:]
        # Taken apart first: a list that two of them share here would be one list there.
        apart = [_apart(recorder) for recorder in self.recorders]
        parts = [dumps(recorder, _PACKED) for recorder in apart]
        parts += [dumps(recorder["init"], _PACKED) for recorder in apart]
        ends = array("Q", itertools.accumulate(map(len, parts)))
        packed = b"".join(parts)
        body = ends.tobytes() + packed
        # Kept or not, it is the same: a full disk costs time the next time, and no run.
        with contextlib.suppress(OSError, InfrastructureError):
            _keep(path, hashlib.sha256(body).digest() + body)
        return ends, packed

    def sealed(self) -> int:
        """Return a descriptor of the image that nobody can write to; the caller closes it."""
        descriptor = os.memfd_create("material", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            view = memoryview(self.image())
            while view:
                view = view[os.write(descriptor, view) :]
            # Named here: Linux alone has them, and judging without guests needs none.
            seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals | fcntl.F_SEAL_SEAL)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _apart(value: Any) -> Any:
    """A copy that shares no list and no object between its parts, as if read from JSON."""
    kind = type(value)
    if kind is dict:
        return {key: _apart(inner) for key, inner in value.items()}
    if kind is list:
        return [_apart(inner) for inner in value]
    if kind in (str, int, float, bool) or value is None:
        return value
    raise TypeError(f"{kind.__name__} is not made of JSON values")


def _keep(path: Path, data: bytes) -> None:
    write_atomically(path, data)
    by_age = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime)
    for old in by_age[:-_KEPT]:
        old.unlink(missing_ok=True)


NO_MATERIAL = Material((), (), "")
