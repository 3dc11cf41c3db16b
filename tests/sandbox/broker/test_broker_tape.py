"""A recorded run can be replayed without a model, whatever became of its last line."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from alma_safe.errors import InputError
from alma_safe.policy import load_policy
from alma_safe.sandbox.broker import (
    Answer,
    Broker,
    ChatRequest,
    EmbedRequest,
    LocalModel,
    ModelDown,
    Tokens,
    Vectors,
)
from alma_safe.sandbox.broker.tape import RecordingModel, ReplayModel

ONE = ChatRequest(model="m", messages=(("user", "one"),))
TWO = ChatRequest(model="m", messages=(("user", "two"),))
TEXTS = EmbedRequest(model="e", texts=("a b", "c"))


class Numbering:
    """Answers each call with its number; every third is an outage."""

    free = True

    def __init__(self) -> None:
        self.calls = 0

    async def chat(self, request: ChatRequest) -> Answer:
        self.calls += 1
        if self.calls % 3 == 0:
            raise ModelDown("the model is busy: too many requests")
        return Answer(text=str(self.calls), tokens=Tokens(input=self.calls, output=1))

    async def embed(self, request: EmbedRequest) -> Vectors:
        return await LocalModel().embed(request)


async def came(model: Any, requests: list[Any]) -> list[Any]:
    found: list[Any] = []
    for request in requests:
        try:
            call = model.embed if isinstance(request, EmbedRequest) else model.chat
            found.append(await call(request))
        except ModelDown as down:
            found.append(str(down))
    return found


def record(path: Path, requests: list[Any]) -> list[Any]:
    model = RecordingModel(Numbering(), path)
    try:
        return asyncio.run(came(model, requests))
    finally:
        model.close()


def replay(path: Path, requests: list[Any]) -> list[Any]:
    return asyncio.run(came(ReplayModel(path), requests))


CALLS = [ONE, TWO, ONE, TEXTS, ONE, TWO]


def test_a_replay_gives_answers_outages_and_vectors_in_their_order(tmp_path):
    recorded = record(tmp_path / "tape", CALLS)
    assert recorded[2] == "the model is busy: too many requests"
    assert replay(tmp_path / "tape", CALLS) == recorded
    # Different requests may come in another order, as they do when they are concurrent.
    assert replay(tmp_path / "tape", [TWO, TEXTS, ONE]) == [recorded[1], recorded[3], recorded[0]]


def test_what_is_not_on_the_tape_is_an_outage(tmp_path):
    record(tmp_path / "tape", [ONE])
    other = ChatRequest(model="m", messages=ONE.messages, temperature=0.1)
    assert (
        replay(tmp_path / "tape", [other, ONE, ONE])[0::2]
        == ["the recorded run has no answer to this"] * 2
    )


def test_a_tape_is_continued_and_its_cut_line_dropped(tmp_path):
    tape = tmp_path / "tape"
    recorded = record(tape, [ONE, TWO])
    data = tape.read_bytes()
    for kept in range(data.index(b"\n") + 1, len(data)):
        tape.write_bytes(data[:kept])
        whole = replay(tape, [ONE])
        assert whole == recorded[:1] or kept < data.index(b"\n", data.index(b"\n") + 1) + 1
    more = record(tape, [TEXTS])
    assert replay(tape, [ONE, TEXTS]) == [recorded[0], *more]


@pytest.mark.parametrize(
    "text",
    [
        "", "hello\n", "{}\n", '{"schema": "other"}\n', '{"schema": "alma-safe/tape/v1"}\n[]\n',
        '{"schema": "alma-safe/tape/v1"}\n{"request": "x"}\n' * 2,
        '{"schema": "alma-safe/tape/v1"}\n{"request": "x", "text": 7, "tokens": {}}\n',
        '{"schema": "alma-safe/tape/v1"}\n{"request": "x", "text": "a", "tokens": {"b": 1}}\n',
        '{"schema": "alma-safe/tape/v1"}\n{"request": "x", "rows": ["?"], "tokens": {}}\n',
        '{"schema": "alma-safe/tape/v1"}\n{"request": "x", "rows": ["AAA="], "tokens": {}}\n',
        '{"schema": "alma-safe/tape/v1"}\n{"request": "x", "down": 7}\n', "[" * 10_000 + "\n",
    ],
)  # fmt: skip
def test_what_is_no_tape_is_refused(tmp_path, text):
    (tmp_path / "tape").write_text(text)
    with pytest.raises(InputError, match="tape"):
        ReplayModel(tmp_path / "tape")


def test_a_missing_or_unwritable_tape_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot read the tape"):
        ReplayModel(tmp_path / "none")
    with pytest.raises(InputError, match="cannot write the tape"):
        RecordingModel(LocalModel(), tmp_path)


def test_a_replayed_session_has_the_transcript_of_the_recorded_one(tmp_path):
    async def transcript(model: Any) -> dict[str, Any]:
        broker = Broker(load_policy().broker, model)
        await broker("chat", {"messages": "One. Two two."})
        await broker("embed", {"texts": ["a b", "c"]})
        return broker.to_json()

    recording = RecordingModel(LocalModel(), tmp_path / "tape")
    first = asyncio.run(transcript(recording))
    recording.close()
    assert asyncio.run(transcript(ReplayModel(tmp_path / "tape"))) == first


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file_is_no_tape(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tape"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(InputError, match="cannot read the tape"):
        ReplayModel(path)
    with pytest.raises(InputError, match="cannot write the tape"):
        RecordingModel(LocalModel(), path)
