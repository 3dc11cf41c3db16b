"""The host's side of the worker that reads and makes trees."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alma_safe.verifier.bounded.process import BoundedProcess, WorkerGaveUp

_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a source says whatever its layout, and what it is like."""

    fingerprint: str
    descriptors: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bred:
    """A child, and its mutations with what each ``did`` and at which ``lines``."""

    source: str
    mutations: tuple[Mapping[str, Any], ...]


class Trees:
    """Asks the worker. What breaks it costs that one answer."""

    def __init__(self) -> None:
        self._worker = BoundedProcess(
            "alma_safe.search.trees.worker", title="the reader of trees", timeout_s=_TIMEOUT_S
        )

    async def form(self, data: bytes) -> Form:
        """Identify and describe a source; one that cannot be read by its bytes alone."""
        plain = Form(fingerprint="bytes:" + hashlib.sha256(data).hexdigest(), descriptors={})
        try:
            reply = await self._worker.ask({"op": "form", "source": data.decode("utf-8")})
        except (UnicodeDecodeError, WorkerGaveUp):
            return plain
        return Form(fingerprint=str(reply["fingerprint"]), descriptors=reply["descriptors"])

    async def child(
        self, parent: str, mutations: Sequence[Mapping[str, Any]], donors: Mapping[str, str]
    ) -> Bred | None:
        """Make a child; None where there is none to be had."""
        request = {
            "op": "child",
            "parent": parent,
            "mutations": [dict(each) for each in mutations],
            "donors": dict(donors),
        }
        try:
            reply = await self._worker.ask(request)
        except WorkerGaveUp:
            return None
        if not reply["source"]:
            return None
        return Bred(source=reply["source"], mutations=tuple(reply["mutations"]))

    async def aclose(self) -> None:
        """End the worker."""
        await self._worker.close()
