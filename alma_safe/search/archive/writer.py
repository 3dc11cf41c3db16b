"""One run on disk: ``archive.sqlite`` and the sources of its designs, by their digest.

Everything that was paid for is written before anything follows from it, each in one
transaction. Rows are added and never changed, so a run that was killed at any moment goes
on from what is there. Clocks are in columns of their own (``at``, ``seconds``): all else
follows from the settings where the proposer and the agent do.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from alma_safe.search.archive.making import folders_made, keep, made
from alma_safe.search.archive.reader import Reader
from alma_safe.search.archive.schema import (
    SEPARATOR,
    connected,
    locked,
    must_exist,
    no_room,
    no_run,
    unlocked,
)
from alma_safe.search.records import (
    Call,
    Candidate,
    Judgement,
    Measured,
    Proposal,
    RunSettings,
)
from alma_safe.search.samplers import cell_of

_NOT_BEGUN = "nothing was begun there: leave --resume out to begin"


class Archive(Reader):
    """A run's records, for the one process that writes them.

    ``create`` makes a new one, ``open`` goes on with one. Raises UsageError as its reader
    does, and for one in use; InfrastructureError where the disk fails.
    """

    def __init__(self, folder: Path, base: sqlite3.Connection, lock: int) -> None:
        super().__init__(folder, base)
        self._lock: int | None = lock

    @classmethod
    def create(cls, folder: Path, settings: RunSettings, sources: Sequence[bytes] = ()) -> Self:
        """Begin a run in a folder that holds none; ``sources``: what its settings name."""
        folders_made(folder)
        lock = locked(folder)
        try:
            made(folder, _dumped(settings.to_json()), sources)
            return cls(folder, connected(folder, write=True), lock)
        except BaseException:
            unlocked(lock)
            raise

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Go on with a run."""
        must_exist(folder, _NOT_BEGUN)
        archive = cls._held(folder)
        if archive.fact("settings") is None:
            archive.close()
            raise no_run(folder, _NOT_BEGUN)
        return archive

    @classmethod
    def _held(cls, folder: Path) -> Self:
        lock = locked(folder)
        try:
            return cls(folder, connected(folder, write=True), lock)
        except BaseException:
            unlocked(lock)
            raise

    def close(self) -> None:
        """Let others write. May be called again."""
        super().close()
        unlocked(self._lock)
        self._lock = None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                # A full disk has SQLite roll back by itself.
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise no_room(self.folder, error) from None

    def _put(self, table: str, columns: Sequence[str], values: Sequence[object]) -> None:
        marks = ",".join("?" * len(values))
        self._base.execute(f"INSERT INTO {table}({','.join(columns)}) VALUES({marks})", values)

    def _event(self, kind: str, step: int | None, slot: int | None, body: object) -> None:
        self._put(
            "events",
            ("at", "kind", "step", "slot", "body"),
            (_now(), kind, step, slot, _dumped(body)),
        )

    def event(self, kind: str, **body: object) -> None:
        """Note what happened to the run as such: began, went on, ended, was stopped."""
        with self._writing():
            self._event(kind, None, None, body)

    def put_source(self, data: bytes) -> str:
        """Keep a source and return its digest. The file is whole or not there."""
        return keep(self.folder, data)

    def put_fact(self, key: str, body: object) -> None:
        """Write down something there is once: how the run ended, its winner."""
        with self._writing():
            self._put("facts", ("key", "body"), (key, _dumped(body)))
            self._event(key, None, None, {})

    def put_outcome(self, body: Mapping[str, Any]) -> None:
        """Write down how the run ended. One that is ``short`` may be followed by a whole one."""
        key = self._outcome_key("unconfirmed" if body.get("short") else "outcome")
        if self.fact(key) is None:
            self.put_fact(key, body)

    def put_collection(self, episodes: Sequence[Mapping[str, Any]]) -> None:
        """Keep the collected episodes, which every design learns from."""
        with self._writing():
            for number, episode in enumerate(episodes):
                self._put("collection", ("number", "body"), (number, _dumped(episode)))
            self._put("facts", ("key", "body"), ("collected", _dumped(len(episodes))))
            self._event("collected", None, None, {"episodes": len(episodes)})

    def begin_step(self, step: int, parents: Sequence[str]) -> None:
        """Write down which parents a step has, one for each slot; empty for none."""
        with self._writing():
            self._put("steps", ("step", "parents", "at"), (step, _dumped(list(parents)), _now()))
            self._event("step", step, None, {"parents": list(parents)})

    def put_reflection(
        self, step: int, slot: int, body: Mapping[str, Any], calls: Sequence[Call]
    ) -> None:
        """Keep what was reflected on a parent, and what it cost."""
        with self._writing():
            self._put(
                "reflections", ("step", "slot", "body", "at"), (step, slot, _dumped(body), _now())
            )
            self._calls(step, slot, calls)
            self._event("reflected", step, slot, {"given": bool(body.get("reflection"))})

    def put_calls(self, step: int, slot: int, calls: Sequence[Call]) -> None:
        """Keep what was paid for answers that nothing came of."""
        with self._writing():
            self._calls(step, slot, calls)
            self._event("unanswered", step, slot, {"calls": len(calls)})

    def put_proposal(self, proposal: Proposal, calls: Sequence[Call]) -> None:
        """Keep a proposal whose source is there, and what it cost."""
        key = (proposal.step, proposal.slot, proposal.attempt)
        rest = (proposal.digest, proposal.fingerprint, proposal.origin, _dumped(proposal.detail))
        with self._writing():
            self._put(
                "proposals",
                ("step", "slot", "attempt", "digest", "fingerprint", "origin", "detail", "at"),
                (*key, *rest, _now()),
            )
            self._calls(proposal.step, proposal.slot, calls)
            self._event("proposed", *key[:2], {"attempt": key[2], "origin": proposal.origin})

    def put_judgement(self, judgement: Judgement) -> None:
        """Keep what the gate said."""
        key = (judgement.step, judgement.slot, judgement.attempt)
        with self._writing():
            self._put(
                "judgements",
                ("step", "slot", "attempt", "verdict", "reused", "report", "feedback", "at"),
                (*key, judgement.verdict, judgement.reused, _dumped(judgement.report),
                 judgement.feedback, _now()),
            )  # fmt: skip
            for rule in () if judgement.reused else judgement.rules:
                self._put(
                    "findings", ("step", "slot", "attempt", "rule", "stage"),
                    (*key, rule, judgement.stage),
                )  # fmt: skip
            told = {"attempt": key[2], "verdict": judgement.verdict, "stage": judgement.stage}
            self._event("judged", *key[:2], told)

    def put_behaviour(self, digest: str, body: Mapping[str, Any]) -> None:
        """Keep what a design says after the collection, as a digest."""
        with self._writing():
            self._put("behaviours", ("digest", "body", "at"), (digest, _dumped(body), _now()))

    def put_evaluation(self, measured: Measured) -> None:
        """Keep what was played with a design, or with no memory (an empty digest)."""
        body = {key: value for key, value in measured.to_json().items() if key != "played"}
        del body["seconds"]
        key = (measured.digest, measured.purpose.value)
        with self._writing():
            self._put(
                "evaluations", ("digest", "purpose", "body", "seconds", "at"),
                (*key, _dumped(body), measured.seconds, _now()),
            )  # fmt: skip
            for each in measured.played:
                self._put(
                    "episodes",
                    ("digest", "purpose", "repeat", "task", "kind", "reward", "steps"),
                    (*key, each.repeat, each.task, each.kind, each.reward, each.steps),
                )
            told = {"digest": key[0], "purpose": key[1], "score": measured.score}
            self._event("evaluated", None, None, told)

    def put_lost(self, name: str, costs: Mapping[str, float], seconds: float) -> None:
        """Keep what was paid for episodes that nothing is known from."""
        with self._writing():
            self._event("lost", None, None, {"of": name, "costs": dict(costs), "s": seconds})

    def end_step(self, candidates: Sequence[Candidate]) -> None:
        """Write down what came of every slot of a step, all at once."""
        with self._writing():
            for each in candidates:
                self._put(
                    "candidates",
                    ("step", "slot", "parent", "state", "counted", "digest", "fingerprint",
                     "attempts", "score", "difference", "cell", "descriptors", "note", "at"),
                    (each.step, each.slot, each.parent, each.state.value, each.counted,
                     each.digest, each.fingerprint, each.attempts, each.score, each.difference,
                     SEPARATOR.join(cell_of(each.descriptors)), _dumped(each.descriptors),
                     each.note, _now()),
                )  # fmt: skip
                self._event("ended", each.step, each.slot, {"state": each.state.value})

    def _calls(self, step: int, slot: int, calls: Sequence[Call]) -> None:
        known = "SELECT count(*) FROM calls WHERE step=? AND slot=?"
        first = self._base.execute(known, (step, slot)).fetchone()[0]
        for number, call in enumerate(calls, first):
            self._put(
                "calls",
                ("step", "slot", "number", "role", "model", "input_tokens", "output_tokens",
                 "usd", "at"),
                (step, slot, number, call.role, call.model, call.input_tokens,
                 call.output_tokens, call.usd, _now()),
            )  # fmt: skip


def _dumped(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
