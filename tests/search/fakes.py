"""An executor without games and a proposer without insight, for tests of the loop alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alma_safe.search.proposers.base import Attempt, Brief, Reflection, Written
from alma_safe.search.records import Call, Measured, Purpose
from tests.search.makers import measured, report

TASKS = [f"t{number}" for number in range(8)]


def share(*parts: object) -> float:
    """A number in [0, 1] that these parts give."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32


class FakeExecutor:
    """Judges by words in the source: BAD is refused, BROKEN fails, FAULT is a fault of ours."""

    def __init__(self) -> None:
        self.judged: list[bytes] = []
        self.played: list[tuple[str, Purpose]] = []
        self.faults = 0

    async def judge(self, source: bytes, name: str) -> dict[str, Any]:
        self.judged.append(source)
        if b"FAULT" in source and self.faults:
            self.faults -= 1
            return {"verdict": "error", "report": report("infrastructure", status="error")}
        if b"BAD" in source:
            return {"verdict": "rejected", "report": report("S101"), "feedback": "S101: bad"}
        return {"verdict": "accepted", "report": report(status="passed"), "feedback": ""}

    async def collect(self, advance: Callable[[], None]) -> list[dict[str, Any]]:
        return [{"episode": number} for number in range(3)]

    async def sizes(self, purpose: Purpose) -> tuple[int, int]:
        return 3, 3 * len(TASKS)

    async def probe(
        self, source: bytes, collection: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any] | None:
        text = source.decode()
        said = text.rpartition("says ")[2].split()[0] if "says " in text else text
        return {"says": said, "silent": said == "nothing"}

    async def play(
        self,
        source: bytes | None,
        *,
        digest: str,
        purpose: Purpose,
        collection: Sequence[Mapping[str, Any]],
        baseline: Mapping[str, float] | None,
        advance: Callable[[], None],
    ) -> Measured:
        self.played.append((digest, purpose))
        assert source is None or len(collection) == 3
        if source is not None and b"BROKEN" in source:
            failure = {"during": "update", "ending": "raised", "text": "no", "line": 3}
            return measured(digest, {}, purpose=purpose, failure=failure)
        worth = 0.3 if source is None else share(source)
        return measured(
            digest, {task: min(1.0, worth * share(task) * 2) for task in TASKS}, purpose=purpose
        )

    async def aclose(self) -> None:
        pass


class FakeProposer:
    """Writes what a function of the brief and the number of attempts says."""

    name = "fake"
    price = None

    def __init__(
        self,
        write: Callable[[Brief, int], str] = lambda brief, n: default(brief, n),
        *,
        reflects: bool = True,
        reflect: Callable[[Brief], Mapping[str, Any]] = lambda brief: {"why": brief.slot},
    ) -> None:
        self._write = write
        self.reflects = reflects
        self._reflect = reflect
        self.briefs: list[Brief] = []
        self.repairs: list[Sequence[Attempt]] = []

    async def reflect(self, brief: Brief) -> Reflection:
        return Reflection(body=self._reflect(brief), calls=(CALL,), note="as was asked")

    async def propose(self, brief: Brief, reflection: Mapping[str, Any]) -> Written:
        self.briefs.append(brief)
        return self._written(brief, 0)

    async def repair(self, brief: Brief, attempts: Sequence[Attempt]) -> Written:
        self.repairs.append(list(attempts))
        return self._written(brief, len(attempts))

    async def aclose(self) -> None:
        pass

    def _written(self, brief: Brief, attempt: int) -> Written:
        source = self._write(brief, attempt).encode()
        return Written(source=source, calls=(CALL,), note="" if source else "no idea")


CALL = Call(role="propose", model="m", input_tokens=10, output_tokens=1, usd=0.01)


def default(brief: Brief, attempt: int) -> str:
    """A design for each slot, some of which are bad at first, and some always."""
    chance = share(brief.step, brief.slot, attempt)
    word = "BAD" if chance < 0.4 else "BROKEN" if chance < 0.5 else "good"
    parent = brief.parent.candidate.name if brief.parent is not None else "none"
    return f"# {word} {brief.step}.{brief.slot} attempt {attempt} of {parent}\n"
