"""Reading a run, which may be going on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Self

from alma_safe.design import MAX_BYTES
from alma_safe.errors import UsageError
from alma_safe.files import read_regular
from alma_safe.search.archive.schema import SOURCES, asked, connected, must_exist, readable, spoilt
from alma_safe.search.records import (
    Candidate,
    Judgement,
    Measured,
    Played,
    Proposal,
    Purpose,
    RunSettings,
    State,
)
from alma_safe.search.samplers import Entry
from alma_safe.text import visible

_MAX_SOURCE_BYTES = 16 * MAX_BYTES
"""What was proposed may be larger than a design may be: the gate has refused it then."""


_NONSENSE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class Row(NamedTuple):
    """What lists show of a candidate."""

    step: int
    slot: int
    parent: str
    state: str
    score: float | None
    difference: float | None
    digest: str
    attempts: int
    note: str

    @property
    def name(self) -> str:
        """Step and slot."""
        return f"{self.step}.{self.slot}"


@contextlib.contextmanager
def looked_at(folder: Path) -> Iterator[Reader]:
    """A run for somebody who only wants to see it, whoever it is of.

    Raises UsageError as its reader does, and where what is written there makes no sense.
    """
    with Reader.read(folder) as archive:
        try:
            yield archive
        except _NONSENSE as error:
            # The cause is kept: it may be a fault of ours.
            raise spoilt(folder, f"{type(error).__name__} in what it says") from error


class Reader:
    """A run's records. Raises UsageError for a folder that holds none, or of another version."""

    def __init__(self, folder: Path, base: sqlite3.Connection) -> None:
        self.folder = folder
        self._base = base

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Look at a run."""
        must_exist(folder)
        return cls(folder, connected(folder, write=False))

    def _all(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of an answer. Raises UsageError where there is none, or none in time."""
        with readable(self.folder):
            return asked(self._base, sql, values)

    def _one(self, sql: str, values: Sequence[object] = ()) -> Any:
        """The first row of an answer, or None."""
        return next(iter(self._all(sql, values)), None)

    def close(self) -> None:
        """Let go of the file. May be called again."""
        self._base.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def settings(self) -> RunSettings:
        """What the run was asked for."""
        try:
            return RunSettings.from_json(self.fact("settings") or {})
        except (TypeError, ValueError, AttributeError, RecursionError):
            raise UsageError(f"{visible(str(self.folder))}: its settings cannot be read") from None

    def fact(self, key: str) -> Any:
        """Something there is once, or None."""
        row = self._one("SELECT body FROM facts WHERE key=?", (key,))
        return None if row is None else json.loads(row[0])

    def outcome(self) -> Any:
        """How the run ended, None before it did: confirmed, or as far as its budget let it be."""
        found = self.fact(self._outcome_key("outcome"))
        return found if found is not None else self.fact(self._outcome_key("unconfirmed"))

    def _outcome_key(self, kind: str) -> str:
        return f"{kind}.{max(self.steps(), default=0)}"

    def source(self, digest: str) -> bytes:
        """The bytes of a design. Raises UsageError where they are not what they were."""
        path = self.folder / SOURCES / f"{digest.removeprefix('sha256:')}.py"
        data = read_regular(path, _MAX_SOURCE_BYTES, hint="restore the file, or begin a new run")
        if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
            raise UsageError(
                f"{visible(str(path))} was changed: its digest is another one",
                hint="restore the file, or begin a new run",
            )
        return data

    def collection(self) -> list[dict[str, Any]] | None:
        """The collected episodes, or None before they are."""
        if self.fact("collected") is None:
            return None
        rows = self._all("SELECT body FROM collection ORDER BY number")
        return [json.loads(body) for (body,) in rows]

    def steps(self) -> dict[int, tuple[str, ...]]:
        """Step -> the parent of each of its slots."""
        rows = self._all("SELECT step, parents FROM steps ORDER BY step")
        return {step: tuple(json.loads(parents)) for step, parents in rows}

    def rows(self) -> list[Row]:
        """Candidates as lists show them, in their order."""
        found = self._all(
            "SELECT step, slot, parent, state, score, difference, digest, attempts, note "
            "FROM candidates ORDER BY step, slot"
        )
        return [Row._make(row) for row in found]

    def entries(self, baseline: float) -> list[Entry]:
        """Designs that may become parents, with their visits and children."""
        found = self._all(
            "SELECT step, slot, score, cell, coalesce(visits, 0), coalesce(children, 0) "
            "FROM candidates LEFT JOIN ("
            "  SELECT parent AS of, sum(counted) AS visits, sum(state='evaluated') AS children"
            "  FROM candidates WHERE parent != '' GROUP BY parent"
            ") ON of = step || '.' || slot WHERE state = 'evaluated' ORDER BY step, slot"
        )
        return [
            Entry(f"{step}.{slot}", score, baseline, visits, children, (cell,))
            for step, slot, score, cell, visits, children in found
        ]

    def candidates(self, step: int | None = None) -> list[Candidate]:
        """Candidates of finished steps, in their order."""
        where, values = ("", ()) if step is None else (" WHERE step=?", (step,))
        rows = self._all(
            "SELECT step, slot, parent, state, counted, digest, fingerprint, attempts, score, "
            f"difference, descriptors, note FROM candidates{where} ORDER BY step, slot",
            values,
        )
        return [
            Candidate(
                step=row[0], slot=row[1], parent=row[2], state=State(row[3]), counted=bool(row[4]),
                digest=row[5], fingerprint=row[6], attempts=row[7], score=row[8],
                difference=row[9], descriptors=json.loads(row[10]), note=row[11],
            )
            for row in rows
        ]  # fmt: skip

    def reflection(self, step: int, slot: int) -> dict[str, Any] | None:
        """What was reflected for a slot, or None before it was."""
        row = self._one("SELECT body FROM reflections WHERE step=? AND slot=?", (step, slot))
        return None if row is None else json.loads(row[0])

    def proposals(self, step: int | None = None) -> list[Proposal]:
        """Proposals in the order of step, slot and attempt."""
        where, values = ("", ()) if step is None else (" WHERE step=?", (step,))
        rows = self._all(
            "SELECT step, slot, attempt, digest, fingerprint, origin, detail FROM proposals"
            f"{where} ORDER BY step, slot, attempt",
            values,
        )
        return [
            Proposal(
                step=row[0], slot=row[1], attempt=row[2], digest=row[3], fingerprint=row[4],
                origin=row[5], detail=json.loads(row[6]),
            )
            for row in rows
        ]  # fmt: skip

    def judgements(self, step: int | None = None) -> list[Judgement]:
        """Judgements in the order of step, slot and attempt."""
        where, values = ("", ()) if step is None else (" WHERE step=?", (step,))
        rows = self._all(
            "SELECT step, slot, attempt, verdict, reused, report, feedback FROM judgements"
            f"{where} ORDER BY step, slot, attempt",
            values,
        )
        return [
            Judgement(
                step=row[0], slot=row[1], attempt=row[2], verdict=row[3], reused=bool(row[4]),
                report=json.loads(row[5]), feedback=row[6],
            )
            for row in rows
        ]  # fmt: skip

    def judged(self, fingerprint: str, before: int) -> Judgement | None:
        """What the gate said first of a design of that form, in steps before this one."""
        row = self._one(
            "SELECT j.step, j.slot, j.attempt, j.verdict, j.report, j.feedback FROM judgements j "
            "JOIN proposals p USING(step, slot, attempt) WHERE p.fingerprint=? AND p.step<? "
            "AND j.verdict IN ('accepted', 'rejected') "
            "ORDER BY j.step, j.attempt, j.slot LIMIT 1",
            (fingerprint, before),
        )
        if row is None:
            return None
        return Judgement(
            step=row[0], slot=row[1], attempt=row[2], verdict=row[3],
            report=json.loads(row[4]), feedback=row[5],
        )  # fmt: skip

    def behaviour(self, digest: str) -> dict[str, Any] | None:
        """What was found out about what a design says; None before it was."""
        row = self._one("SELECT body FROM behaviours WHERE digest=?", (digest,))
        return None if row is None else json.loads(row[0])

    def findings(self) -> list[tuple[int, int, int, str, str]]:
        """Step, slot, attempt, rule and stage of every refusal."""
        rows = self._all(
            "SELECT step, slot, attempt, rule, stage FROM findings "
            "ORDER BY step, slot, attempt, rule"
        )
        return rows

    def evaluation(self, digest: str, purpose: Purpose) -> Measured | None:
        """What was played with a design for a purpose, or None before it was."""
        key = (digest, purpose.value)
        row = self._one("SELECT body, seconds FROM evaluations WHERE digest=? AND purpose=?", key)
        if row is None:
            return None
        played = self._all(
            "SELECT task, kind, repeat, reward, steps FROM episodes WHERE digest=? AND purpose=? "
            "ORDER BY repeat, task",
            key,
        )
        found = [
            Played(task=task, kind=kind, repeat=repeat, reward=reward, steps=steps)
            for task, kind, repeat, reward, steps in played
        ]
        values = {**json.loads(row[0]), "seconds": row[1], "played": ()}
        return replace(Measured.from_json(values), played=tuple(found))

    def evaluated(self, purpose: Purpose) -> list[str]:
        """Digests of what was played for a purpose; an empty one is no memory."""
        rows = self._all(
            "SELECT digest FROM evaluations WHERE purpose=? ORDER BY digest", (purpose.value,)
        )
        return [digest for (digest,) in rows]

    def calls(self) -> list[dict[str, Any]]:
        """What the meta agent's model was asked, in the order of step, slot and number."""
        columns = (
            "step",
            "slot",
            "number",
            "role",
            "model",
            "input_tokens",
            "output_tokens",
            "usd",
        )
        rows = self._all(f"SELECT {', '.join(columns)} FROM calls ORDER BY step, slot, number")
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def spent(self) -> dict[str, float]:
        """What the run has taken: tokens by who asked, dollars, evaluations, seconds.

        Everything that was paid for counts: the collection, and episodes that were lost, too.
        ``designs_usd`` and ``designs_tokens``: of that, what writing and playing designs took
        in the search.
        """
        calls, tokens, usd = self._one(
            "SELECT count(*), coalesce(sum(input_tokens+output_tokens), 0), coalesce(sum(usd), 0) "
            "FROM calls"
        )
        kinds = (
            "FROM evaluations WHERE digest != '' AND purpose = 'search'",
            "FROM evaluations WHERE digest = '' OR purpose != 'search'",
            "FROM events WHERE kind = 'lost'",
        )
        asked = ("agent_tokens", "design_tokens", "usd")
        sums = ", ".join(f"coalesce(sum(json_extract(body, '$.costs.{c}')), 0)" for c in asked)
        played = [self._one(f"SELECT {sums} {kind}") for kind in kinds]
        collected = self._one(
            "SELECT coalesce(sum(json_extract(body, '$.spent.input_tokens') "
            "+ json_extract(body, '$.spent.output_tokens')), 0), 0, "
            "coalesce(sum(json_extract(body, '$.spent.usd')), 0) FROM collection"
        )
        designs = played[0]
        agent, design, dollars = (sum(each) for each in zip(*played, collected, strict=True))
        [evaluations] = self._one(f"SELECT count(*) {kinds[0]}")
        [seconds] = self._one("SELECT coalesce(sum(seconds), 0) FROM evaluations")
        [lost] = self._one(f"SELECT coalesce(sum(json_extract(body, '$.s')), 0) {kinds[2]}")
        return {
            "meta_calls": calls, "meta_tokens": tokens, "usd": usd + dollars,
            "agent_tokens": agent, "design_tokens": design, "evaluations": evaluations,
            "played_s": seconds + lost, "designs_usd": usd + designs[2],
            "designs_tokens": tokens + designs[0] + designs[1],
        }  # fmt: skip

    def elapsed_s(self) -> float:
        """Seconds that the run has been worked on, over all the times that it went on."""
        [found] = self._one(
            "SELECT coalesce(sum(json_extract(body, '$.s')), 0) FROM events WHERE kind = 'clock'"
        )
        return float(found)

    def events(self, after: int = 0) -> list[tuple[int, str, str, int | None, int | None, Any]]:
        """What happened, in order: number, time, kind, step, slot, details."""
        rows = self._all(
            "SELECT number, at, kind, step, slot, body FROM events WHERE number>? ORDER BY number",
            (after,),
        )
        return [
            (n, at, kind, step, slot, json.loads(body)) for n, at, kind, step, slot, body in rows
        ]
