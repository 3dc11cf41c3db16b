"""Answers kept in a file: recorded from a model, replayed without one.

One line of JSON per answer, found again by the digest of its request. A request that was
made several times gets its answers in the order of the recording.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import os
from array import array
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

from alma_safe.errors import InputError
from alma_safe.files import read_regular, require_regular
from alma_safe.sandbox.broker.asked import ChatRequest, EmbedRequest
from alma_safe.sandbox.broker.model import Answer, Model, ModelDown, Tokens, Vectors
from alma_safe.text import visible

SCHEMA = "alma-safe/tape/v1"
_MAX_TAPE_BYTES = 1 << 30


class RecordingModel:
    """A model whose answers, and outages, are written to a tape. Close it at the end.

    An earlier tape is continued. It is readable by its owner alone: it holds what
    designs asked and were told. It holds no key, header or address.
    """

    def __init__(self, model: Model, path: Path) -> None:
        self._model = model
        self.free = model.free
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
            try:
                require_regular(descriptor)
                self._file = os.fdopen(descriptor, "r+b")
            except BaseException:
                os.close(descriptor)
                raise
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"cannot write the tape {visible(str(path))}: {reason}",
                hint="give the path of a file in a folder that can be written",
            ) from None
        whole = self._file.read().rpartition(b"\n")
        # A line that an earlier recording did not end would swallow the next one.
        self._file.truncate(len(whole[0]) + len(whole[1]))
        self._file.seek(0, os.SEEK_END)
        if not whole[1]:
            self._write({"schema": SCHEMA})

    async def chat(self, request: ChatRequest) -> Answer:
        """Ask the model, keep the answer."""
        try:
            answer = await self._model.chat(request)
        except ModelDown as down:
            self._write({"request": digest(request), "down": str(down)})
            raise
        tokens = dataclasses.asdict(answer.tokens)
        self._write({"request": digest(request), "text": answer.text, "tokens": tokens})
        return answer

    async def embed(self, request: EmbedRequest) -> Vectors:
        """Ask the model, keep the vectors."""
        try:
            vectors = await self._model.embed(request)
        except ModelDown as down:
            self._write({"request": digest(request), "down": str(down)})
            raise
        rows = [base64.b64encode(row.tobytes()).decode("ascii") for row in vectors.rows]
        tokens = dataclasses.asdict(vectors.tokens)
        self._write({"request": digest(request), "rows": rows, "tokens": tokens})
        return vectors

    def close(self) -> None:
        """Close the tape."""
        self._file.close()

    async def aclose(self) -> None:
        """Close the tape and the model."""
        self.close()
        await self._model.aclose()

    def _write(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, separators=(",", ":"), sort_keys=True).encode() + b"\n"
        self._file.write(line)
        self._file.flush()


class ReplayModel:
    """Answers from a tape; what is not on it is an outage. Costs nothing.

    Raises InputError for a file that is no tape. A last line that was cut off by the end
    of the recording process is left out.
    """

    free = True

    def __init__(self, path: Path) -> None:
        self._answers: dict[str, deque[dict[str, Any]]] = defaultdict(deque)
        for entry in _entries(path):
            self._answers[entry["request"]].append(entry)

    async def aclose(self) -> None:
        """Nothing is held."""

    async def chat(self, request: ChatRequest) -> Answer:
        """Return the next recorded answer."""
        entry = self._next(request)
        return Answer(text=entry["text"], tokens=Tokens(**entry["tokens"]))

    async def embed(self, request: EmbedRequest) -> Vectors:
        """Return the next recorded vectors."""
        entry = self._next(request)
        return Vectors(rows=tuple(map(_row, entry["rows"])), tokens=Tokens(**entry["tokens"]))

    def _next(self, request: ChatRequest | EmbedRequest) -> dict[str, Any]:
        waiting = self._answers.get(digest(request))
        if not waiting:
            raise ModelDown("the recorded run has no answer to this")
        entry = waiting.popleft()
        if "down" in entry:
            raise ModelDown(entry["down"])
        return entry


def digest(request: ChatRequest | EmbedRequest) -> str:
    """Return the digest of a request: every part of it counts."""
    content = {"kind": type(request).__name__, **dataclasses.asdict(request)}
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _entries(path: Path) -> list[dict[str, Any]]:
    lines = read_regular(path, _MAX_TAPE_BYTES, what="the tape").split(b"\n")
    lines.pop()  # empty, or cut off
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            if number == 1 and entry["schema"] == SCHEMA:
                continue
            entries.append(_checked(entry))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InputError(
                f"{visible(str(path))}, line {number}: not a line of a tape",
                hint="give the file that a recorded run has written",
            ) from None
    if not lines:
        raise InputError(f"{visible(str(path))}: an empty tape")
    return entries


def _checked(entry: dict[str, Any]) -> dict[str, Any]:
    """Raise ValueError, KeyError or TypeError for an entry that could not be replayed."""
    if not isinstance(entry["request"], str):
        raise TypeError
    if "down" in entry:
        known = isinstance(entry["down"], str)
    else:
        Tokens(**entry["tokens"])
        known = all(isinstance(count, int) for count in entry["tokens"].values())
        if "rows" in entry:
            known = known and len({len(_row(row)) for row in entry["rows"]}) <= 1
        else:
            known = known and isinstance(entry["text"], str)
    if not known:
        raise TypeError
    return entry


def _row(data: str) -> array[float]:
    row = array("f")
    try:
        row.frombytes(base64.b64decode(data, validate=True))
    except binascii.Error as error:
        raise ValueError from error
    return row
