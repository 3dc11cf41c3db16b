"""Records for these tests."""

from __future__ import annotations

from typing import Any

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


def settings(**values: Any) -> RunSettings:
    return RunSettings(
        **{
            "domain": "doors",
            "task_set": "rooms",
            "agent": "scripted",
            "agent_version": "1",
            "proposer": "genetic",
            **values,
        }
    )


def candidate(name: str, state: State = State.EVALUATED, **values: Any) -> Candidate:
    step, slot = map(int, name.split("."))
    found = {"parent": "", "digest": f"sha256:{step:032x}{slot:032x}", "score": 0.5, **values}
    return Candidate(step=step, slot=slot, state=state, **found)


def report(*rules: str, stage: str = "types", status: str = "failed") -> dict[str, Any]:
    findings = [
        {"rule": rule, "severity": "error", "line": 3, "message": f"{rule} is broken"}
        for rule in rules
    ]
    passed = {"name": "static", "status": "passed", "findings": []}
    return {"stages": [passed, {"name": stage, "status": status, "findings": findings}]}


def proposal(step: int, slot: int, attempt: int = 0, **values: Any) -> Proposal:
    found = {"digest": "sha256:00", "fingerprint": "tree:00", "origin": "propose", **values}
    return Proposal(step=step, slot=slot, attempt=attempt, **found)


def judgement(step: int, slot: int, attempt: int = 0, *rules: str, **values: Any) -> Judgement:
    found = {"verdict": "rejected" if rules else "accepted", "report": report(*rules), **values}
    return Judgement(step=step, slot=slot, attempt=attempt, **found)


def measured(digest: str, rewards: dict[str, float], **values: Any) -> Measured:
    played = tuple(
        Played(task=task, kind="room", repeat=repeat, reward=reward, steps=3)
        for repeat in range(values.pop("repeats", 3))
        for task, reward in rewards.items()
    )
    return Measured(
        digest=digest, purpose=values.pop("purpose", Purpose.SEARCH), played=played, **values
    )
